// Runs inside of `(html, _) => { … }`, after shared.js; the first argument is the element.
html.scrollIntoView({ block: 'nearest', inline: 'nearest' });
return free(html);
