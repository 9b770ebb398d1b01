// Runs inside of `async (html, { markup, thenMarkup, idleMs, mostMs }) => { … }`, after `look`, the function of
// page_state.js, and `then`, another one. Answers with the page's state, true, and what `then` answers once the page
// has been idle for `idleMs`; else after `mostMs` with the state and false.
const POLL_MS = 25;
// What can't be answered on this page is asked again where it is needed, and its error told there.
const answered = () => { try { return then(html, thenMarkup); } catch { return null; } };
const began = performance.now();
let idleSince = null;
for (;;) {
  const state = look(html, markup);
  const now = performance.now();
  idleSince = state.loaded && !state.busy ? idleSince ?? now : null;
  const isIdle = idleSince !== null && now - idleSince >= idleMs;
  if (isIdle || (idleSince === null && now - began >= mostMs)) {
    return [state, isIdle, isIdle ? answered() : null];
  }
  await new Promise((resume) => { setTimeout(resume, POLL_MS); });
}
