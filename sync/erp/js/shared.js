// What the scripts share: `shown` is on the page, and not parked outside of its left or upper edge; `controls`
// are the page's DevExpress objects. `elements` of their collection is not known to be readable, and a visitor
// that returns true ends the visit. A control can be half made yet, so nothing of it may throw.
const shown = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom + scrollY > 0
    && style.visibility !== 'hidden' && style.opacity !== '0';
};
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const attempt = (get) => { try { return get(); } catch { return undefined; } };
const controls = [];
attempt(() => ASPxClientControl.GetControlCollection().ForEachControl((each) => { controls.push(each); }));
const controlOf = (id) => controls.find((each) => attempt(() => each.name) === id)
  || attempt(() => ASPxClientControl.GetControlCollection().GetByName(id))
  // Until a page's scripts have run, the browser's own name for an id is the element.
  || (window[id] instanceof Element ? undefined : window[id]);
