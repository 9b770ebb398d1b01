// Runs inside of `(html, markup) => { … }`, after shared.js; the names of `markup` come from markup.py.
const whole = (get) => { const value = attempt(get); return Number.isInteger(value) ? value : null; };
const texts = (elements) => elements.map((each) => (each.innerText || '').trim());
const outermost = (elements) => elements.filter((each) => !elements.some((other) => other !== each
  && other.contains(each)));

const toolbars = all('[id="' + markup.toolbar + '"]');
const links = all('[id^="' + markup.toolbarItem + '"][id$="_T"], [id^="' + markup.overflow + '"] [id$="_T"]')
  .filter((link) => link.tagName === 'A').map((link) => {
    const item = link.closest('li');
    return {
      id: link.id,
      title: link.title || (item && item.title) || '',
      text: link.textContent,
      disabled: (item || link).classList.contains('dxm-disabled')
        || [item, link].some((each) => each && each.getAttribute('aria-disabled') === 'true'),
      visible: shown(link),
      free: free(link),
    };
  });
const combos = all('#' + markup.toolbar + ' .' + markup.comboClass + ' input, [id^="' + markup.toolbarEditor
  + '"] input, input[id^="' + markup.toolbarEditor + '"]')
  .filter((input) => input.type !== 'hidden' && input.id.endsWith(markup.comboText))
  .map((input) => ({id: input.id, text: input.value, visible: shown(input)}));

const grids = all('table, div').filter((each) => new RegExp(markup.grid).test(each.id) && shown(each));
const grid = grids[0];
const own = (selector) => (grid ? all(selector, grid) : []);
const rows = own('tr[id*="' + markup.dataRow + '"]');
const headers = own('[id$="' + markup.headerRow + '"]').flatMap((row) => [...(row.cells || row.children)]);

// An empty editor shows a hint as its value; if its client object has a value, it is not empty.
const isHint = (input) => {
  const control = controlOf(input.id.replace(/_I$/, ''));
  const value = attempt(() => control.GetValue());
  return markup.hints.includes(input.value.trim().toLowerCase())
    || (input.classList.contains(markup.hintClass) && !value);
};
const isSet = (input) => (input.type === 'checkbox' ? input.checked
  : input.value.trim() !== '' && !isHint(input));
// Editors of another grid (hidden, or within a row) do not count; an editor of no known grid does.
const ofGrid = new RegExp('^(' + markup.grid.slice(1, -1) + ')_');
const isOurs = (each) => [undefined, grid && grid.id].includes((each.id.match(ofGrid) || [])[1]);
const editors = all('[id*="' + markup.filterEditor + '"]').filter(isOurs)
  .flatMap((each) => (each.matches('input, select, textarea') ? [each] : all('input, select, textarea', each)));
const filterRow = [...new Set(editors)]
  .filter((each) => each.type !== 'hidden' && !each.id.includes(markup.comboList) && isSet(each))
  .map((each) => {
    const column = (each.id.match(new RegExp(markup.filterEditor + '(\\d+)')) || [])[1];
    const caption = headers.find((cell) => cell.id.endsWith('_col' + column)) || headers[column];
    const text = caption ? caption.innerText.trim() : '';
    return {column: column ? Number(column) : null, caption: text, value: each.value};
  });
const search = all(markup.searchBoxes).filter((each) => each.type !== 'hidden' && isSet(each))
  .map((each) => ({id: each.id, value: each.value}));
const bars = outermost(all('[id*="' + markup.filterBar + '"]')).filter(shown).filter((bar) => {
  const text = bar.innerText.trim();
  const clears = all('[class*="' + markup.filterBarClear + '"]', bar).some(shown);
  return clears || (text !== '' && !new RegExp(markup.filterBarEmpty, 'i').test(text));
});
const headerFilters = own('[class*="' + markup.headerFilter + '"]').filter(shown)
  .map((each) => { const cell = each.closest('td, th'); return cell ? cell.innerText.trim() : ''; });

const pagers = outermost(all('[id*="' + markup.pager + '"]')
  .filter((each) => !each.id.includes(markup.pager + '_')))
  .filter(shown);
const pager = pagers[0];
const numbers = pager ? all('.' + markup.pageNumber, pager)
  .filter((each) => !each.closest('[id*="' + markup.pager + markup.pageSizeList + '"]'))
  .filter((each) => /\d/.test(each.textContent))
  : [];
const current = numbers.find((each) => each.tagName === 'B' || each.classList.contains('dxp-current'));
const size = pager && all('[id$="' + markup.pager + markup.pageSizeField + '"]')[0];
const object = grid && controlOf(grid.id);
return {
  toolbars: toolbars.length,
  links, combos,
  grids: grids.map((each) => each.id),
  tables: grids.length ? [] : all('table[id], div[id]')
    .filter((each) => shown(each) && /^Vertical_v|_LE_/.test(each.id))
    .map((each) => each.id).slice(0, 20),
  captions: texts(headers),
  rows: rows.length,
  filters: {
    row: filterRow, search, bars: bars.map((each) => each.id), headers: headerFilters,
  },
  pager: {
    ids: pagers.map((each) => each.id), text: pager ? pager.innerText : '', numbers: texts(numbers),
    current: current ? current.textContent : '', size: size ? (size.value || size.textContent || '') : '',
  },
  object: {
    found: Boolean(object),
    canClear: Boolean(object && typeof object.ClearFilter === 'function'),
    pages: object ? whole(() => object.pageCount) ?? whole(() => object.GetPageCount()) : null,
    index: object ? whole(() => object.pageIndex) ?? whole(() => object.GetPageIndex()) : null,
    rows: object ? whole(() => object.pageRowCount) ?? whole(() => object.GetVisibleRowsOnPage()) : null,
    size: object ? whole(() => object.pageRowSize) : null,
  },
};
