import { startEarly } from '../worker/startWorker';

// The first script of the page: small, so that the worker starts while the page's own script is loaded and run.
const script = document.getElementById('root')?.dataset['worker'];
if (script !== undefined) startEarly(script);
