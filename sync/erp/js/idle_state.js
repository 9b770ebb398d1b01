// Runs inside of `async (html, { markup, idleMs, mostMs }) => { … }`, after `look`, the function of page_state.js.
// Answers with the page's state and true once the page has been idle for `idleMs`, else after `mostMs` with false.
const POLL_MS = 25;
const began = performance.now();
let idleSince = null;
for (;;) {
  const state = look(html, markup);
  const now = performance.now();
  idleSince = state.loaded && !state.busy ? idleSince ?? now : null;
  const isIdle = idleSince !== null && now - idleSince >= idleMs;
  if (isIdle || (idleSince === null && now - began >= mostMs)) return [state, isIdle];
  await new Promise((resume) => { setTimeout(resume, POLL_MS); });
}
