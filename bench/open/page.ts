/** What VS Code gives a panel, and notes of when its steps were reached, in milliseconds since 1970. */
const HOST = `
  const bench = { frames: [], recording: false, marks: {} };
  globalThis.bench = bench;
  const now = () => performance.timeOrigin + performance.now();
  const mark = (name) => { bench.marks[name] ??= now(); };
  const twoFrames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  bench.shown = new Promise((done) => {
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => {
        if (message.type === 'ready') void bench.show();
        if (message.type === 'shown') { mark('shown'); done(); }
      },
      getState: () => ("STATE") ?? undefined,
      setState: () => undefined,
    });
  });
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', () => { mark('arranged'); bench.laidOut?.(); });
    }
  };
  bench.show = async () => {
    mark('script');
    const answer = await fetch('/document');
    if (!answer.ok) throw new Error(await answer.text());
    const json = new Uint8Array(await answer.arrayBuffer());
    mark('document');
    postMessage({ type: 'graph/packed', json }, '*');
  };
  bench.opened = async () => {
    await bench.shown;
    for (const { name, startTime } of performance.getEntriesByType('mark'))
      bench.marks[name.replace('graph/', '')] ??= performance.timeOrigin + startTime;
    return bench.marks;
  };
  const record = () => { if (bench.recording) { bench.frames.push(performance.now()); requestAnimationFrame(record); } };
  bench.start = () => { bench.frames = []; bench.recording = true; requestAnimationFrame(record); };
  bench.stop = () => { bench.recording = false; return bench.frames; };
  bench.expand = async () => {
    const started = performance.now();
    const laidOut = new Promise((done) => { bench.laidOut = () => done(true); });
    postMessage({ type: 'graph/command', command: 'expandAll' }, '*');
    const done = await Promise.race([laidOut, new Promise((give) => setTimeout(give, 10000, false))]);
    await twoFrames();
    return done ? (performance.now() - started) / 1000 : null;
  };`;

/** The page of the panel; `"STATE"` stands for what the panel has saved. */
export const PAGE = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Panel</title><link rel="icon" href="data:,">
  <style>:root { --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #ccc; --vscode-foreground: #ccc; --vscode-focusBorder: #0078d4; --vscode-font-family: sans-serif; --vscode-font-size: 13px }</style>
  <link rel="stylesheet" href="/graph.css"></head>
  <body class="vscode-dark"><main id="root" data-worker="/graphWorker.js"></main>
  <script>${HOST}</script><script src="/graphStart.js"></script><script src="/graph.js"></script></body></html>`;
