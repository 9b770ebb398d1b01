// Runs inside of `(html, markup) => { … }`, after shared.js; the names of `markup` come from markup.py.
const any = (selector) => all(selector).some(shown);
const text = (selector) => all(selector).filter(shown)
  .map((element) => element.innerText.trim()).filter(Boolean).join(' ');
if (window.globalCallbackControl) controls.push(window.globalCallbackControl);
const body = document.body ? document.body.innerText : '';
return {
  address: location.href,
  loaded: document.readyState === 'complete',
  busy: any(markup.loadingPanels) || controls.some((each) => attempt(() => each.InCallback()) === true),
  title: document.title,
  hasToolbar: document.getElementById(markup.toolbar) !== null,
  hasGrid: all('table, div').some((each) => new RegExp(markup.grid).test(each.id) && shown(each)),
  passwordFields: all(markup.passwordField).filter(shown).length,
  errorBox: text(markup.errorBox),
  loginMessage: text(markup.loginMessage),
  banner: body.includes(markup.banner),
  words: body.slice(0, 2000),
};
