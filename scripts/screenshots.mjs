// Takes the pictures of README and walkthrough anew: `npm run screenshots` goes through the walkthrough in a real
// VS Code, then writes media/screenshots/ (PNG, and one animated WebP) from the pictures that the tests left.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import sharp from 'sharp';

const SOURCE = 'test-results/e2e';
const TARGET = 'media/screenshots';
/** Colours of a window are few: a palette keeps text sharp at a fifth of the bytes. */
const PNG = { palette: true, colours: 128, effort: 10 };
const TOUR_WIDTH = 960;
const FRAME_MS = 2200;

/** Pictures of the README, each with the picture of the test that it is made from. */
const PICTURES = {
  walkthrough: 'tour-3-sample',
  quantize: 'tour-4-presets',
  graph: 'tour-6-graph',
  comparison: 'tour-7-comparison',
};
/** The animated one, frame by frame. */
const TOUR = ['3-sample', '4-presets', '5-quantized', '6-graph', '7-comparison', '8-done'].map(
  (name) => `tour-${name}`,
);

if (!process.argv.includes('--only-convert')) {
  const env = { ...process.env, MOCHA_GREP: 'the walkthrough in' };
  execFileSync('npm', ['run', '--silent', 'test:e2e'], { stdio: 'inherit', env });
}
mkdirSync(TARGET, { recursive: true });
for (const [name, source] of Object.entries(PICTURES)) {
  await write(sharp(`${SOURCE}/${source}.png`).png(PNG), `${name}.png`);
}
const frames = await Promise.all(
  TOUR.map((name) => sharp(`${SOURCE}/${name}.png`).resize({ width: TOUR_WIDTH }).png().toBuffer()),
);
const delay = frames.map(() => FRAME_MS);
await write(sharp(frames, { join: { animated: true } }).webp({ quality: 80, effort: 6, delay, loop: 0 }), 'tour.webp');

async function write(image, name) {
  const path = `${TARGET}/${name}`;
  await image.toFile(path);
  console.log(`${path}: ${(statSync(path).size / 1000).toFixed(0)} kB`);
}
