// Runs inside of `(html, markup) => { … }`, after shared.js: lists the page's elements, without texts
// and values.
const names = /^(Vertical|Logon|Header|ctl\d|__)|_LE_|UserName|Password|xaf/i;
const isRepeated = (id) => /_DX(DataRow|CTD?|SelBtn|EB)[1-9]|_tccell[1-9]|_LBI[1-9]\d/.test(id);
const elements = all('[id]').filter((each) => names.test(each.id) && !isRepeated(each.id));
return {
  count: document.getElementsByTagName('*').length,
  frames: all('iframe').length,
  focus: document.activeElement ? document.activeElement.id : '',
  controls: controls.map((each) => String(attempt(() => each.name))),
  elements: elements.slice(0, 700).map((each) => ({
    tag: each.tagName.toLowerCase(), type: each.type || '', id: each.id,
    classes: typeof each.className === 'string' ? each.className : '', shown: shown(each),
  })),
  left_out: Math.max(0, elements.length - 700),
};
