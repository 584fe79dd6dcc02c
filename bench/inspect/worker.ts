import { inspectModel } from '../../src/recipe/inspectModel';

// Inspects the model of the command line and prints what that cost this process.
const [path = ''] = process.argv.slice(2);
const { nodeCount, weightBytes } = inspectModel(path);
console.log(JSON.stringify({ peakMegabytes: process.resourceUsage().maxRSS / 1024, nodeCount, weightBytes }));
