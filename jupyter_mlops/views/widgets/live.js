/**
 * Brings the HTML of a cell to life: buttons, a request form, and folds that stay open when it is written anew.
 *
 * Python shows `<div data-jmo=KEY>` (all that is to be seen) and `<div data-jmo-controls=KEY>` (empty, for what is made
 * here). The model has `key`, `buttons`, `form` and `body`, and is sent what was pressed: press, send, shape.
 */

const make = (name, properties = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made && key !== 'list') made[key] = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
};

// ── JSON, one line a row ──

const flat = value => {
  if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${flat(item)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
};

const written = (value, indent = '') => {
  const line = flat(value);
  if (line.length + indent.length <= 80 || typeof value !== 'object' || value === null) return line;
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map(item => deeper + written(item, deeper))
    : Object.entries(value).map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${written(item, deeper)}`);
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
};

const pretty = text => {
  try {
    return written(JSON.parse(text));
  } catch {
    return text;
  }
};

// ── values ──

const shown = value => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));

/** What was typed, as its column wants it; what is no number stays text, and the service says what it wants. */
const typed = (text, kind) => {
  if (kind === 'text') return text;
  if (text.trim() === '') return null;
  if (kind === 'boolean') return text === 'true';
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const bodyOf = form => {
  const named = values => Object.fromEntries(form.columns.map((column, index) => [column.name, values[index]]));
  if (form.kind === 'fields') return named(form.values);
  return { [form.parameter]: form.rows.map(row => (form.keyed ? named(row) : row)), ...form.rest };
};

// ── the form ──

const field = (column, label, value, take) => {
  const said = shown(value);
  const given = event => take(typed(event.target.value, column.kind));
  if (column.choices.length === 0 && column.kind !== 'boolean') {
    const mode = column.kind === 'number' ? 'decimal' : 'text';
    return make('input', { 'aria-label': label, inputMode: mode, value: said, onchange: given });
  }
  const choices = column.choices.length > 0 ? column.choices : ['true', 'false'];
  const all = choices.includes(said) ? choices : [said, ...choices];
  const options = all.map(choice => make('option', { value: choice, selected: choice === said }, choice));
  return make('select', { 'aria-label': label, onchange: given }, ...options);
};

const heading = (column, scope) =>
  make('th', { scope }, column.name, column.hint ? make('span', { className: 'jmo-dim' }, ` ${column.hint}`) : null);

/** A table of inputs; `redraw` when rows come or go. Many columns stand one below the other, a column for each row. */
const rowsTable = (form, redraw) => {
  const cell = (at, index) => {
    const column = form.columns[index];
    const take = value => (form.rows[at][index] = value);
    return make('td', {}, field(column, `${column.name}, row ${at + 1}`, form.rows[at][index] ?? null, take));
  };
  const remove = at =>
    form.rows.length > 1
      ? make('button', {
          type: 'button', className: 'jmo-link', 'aria-label': `Remove row ${at + 1}`, textContent: '×',
          onclick: () => redraw(form.rows.splice(at, 1))
        })
      : null;
  const tall = form.columns.length > 4;
  const head = tall
    ? form.rows.length > 1
      ? [make('td'), ...form.rows.map((_, at) => make('th', { scope: 'col' }, `row ${at + 1} `, remove(at)))]
      : []
    : [...form.columns.map(column => heading(column, 'col')), make('td')];
  const lines = tall
    ? form.columns.map((column, index) => [heading(column, 'row'), ...form.rows.map((_, at) => cell(at, index))])
    : form.rows.map((_, at) => [...form.columns.map((_, index) => cell(at, index)), make('td', {}, remove(at) ?? '')]);
  const add = () => redraw(form.rows.push([...form.rows[form.rows.length - 1]]));
  return make(
    'div',
    { className: 'jmo-scroll' },
    make('table', { className: 'jmo-cells' },
      make('thead', {}, make('tr', {}, ...head)),
      make('tbody', {}, ...lines.map(line => make('tr', {}, ...line)))),
    make('button', { type: 'button', className: 'jmo-link', onclick: add, textContent: 'Add a row' })
  );
};

const fieldsList = form =>
  make('div', { className: 'jmo-fields' }, ...form.columns.map((column, index) =>
    make('label', {},
      make('span', {}, column.name, make('span', { className: 'jmo-dim' }, ` ${column.hint}`)),
      field(column, column.name, form.values[index], value => (form.values[index] = value)))));

/** The request on the left, what was answered on the right. */
class Asking {
  constructor(model, tell) {
    this.model = model;
    this.tell = tell;
    this.request = make('section', { 'aria-label': 'Request' });
    this.answer = make('div', { className: 'jmo-answer' });
    this.send = make('button', { type: 'button', className: 'jmo-button jmo-accept', onclick: () => this.ask() });
    const back = make('button', {
      type: 'button', className: 'jmo-button', textContent: 'Back to the example', onclick: () => this.reset()
    });
    this.foot = make('div', { className: 'jmo-row' }, this.send, back);
    this.node = make('div', { className: 'jmo-ask' }, this.request,
      make('section', { 'aria-label': 'Answer', 'aria-live': 'polite' }, this.answer));
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        event.target.blur(); // an input hands over what was typed
        this.ask();
      }
    });
    this.reset();
  }

  reset() {
    this.take(structuredClone(this.model.get('form')), this.model.get('body'));
  }

  /** `form` is null for a body that fits into none. */
  take(form, body) {
    this.form = form;
    this.text = pretty(body);
    this.draw(form === null ? 'json' : 'form');
  }

  draw(mode) {
    this.mode = mode;
    const choice = (value, label) =>
      make('button', {
        type: 'button', textContent: label, 'aria-pressed': String(value === mode), onclick: () => this.turn(value)
      });
    const choices = [choice('form', 'Form'), choice('json', 'JSON')];
    const again = () => this.draw(mode);
    const inside = mode === 'form'
      ? this.form.kind === 'rows' ? rowsTable(this.form, again) : fieldsList(this.form)
      : make('textarea', {
          'aria-label': 'Body of the request, as JSON', spellcheck: false, value: this.text,
          rows: Math.min(Math.max(this.text.split('\n').length, 6), 18),
          oninput: event => (this.text = event.target.value)
        });
    const lost = mode === 'json' && this.form === null
      ? make('p', { className: 'jmo-note jmo-dim' }, 'This body does not fit into a form; here it is as JSON.')
      : null;
    this.request.replaceChildren(
      make('div', { className: 'jmo-row' }, make('h3', {}, 'Request'),
        make('span', { className: 'jmo-choice', role: 'group', 'aria-label': 'How to write it' }, ...choices)),
      ...(lost ? [lost] : []), inside, this.foot);
    this.idle();
  }

  turn(mode) {
    if (mode === this.mode) return;
    if (mode === 'form') this.tell({ event: 'shape', body: this.text });
    else {
      this.text = written(bodyOf(this.form));
      this.draw('json');
    }
  }

  ask() {
    this.send.disabled = true;
    this.send.textContent = 'Sending…';
    this.tell({ event: 'send', body: this.mode === 'form' ? flat(bodyOf(this.form)) : this.text });
  }

  idle() {
    this.send.disabled = false;
    this.send.textContent = 'Send';
  }

  /** What Python shows stands beside the request, not below it. */
  show(screen) {
    if (screen.hidden) return;
    this.answer.replaceChildren(...[...screen.childNodes].map(node => node.cloneNode(true)));
  }
}

// ── a model's place in the page ──

class Live {
  constructor(model) {
    this.model = model;
    this.key = model.get('key');
    this.places = new Map(); // an empty output → what is put there
    this.folds = new Map(); // the name of a fold → whether it is open
    this.scrolls = new Map(); // the name of a log → where it stands; absent: at its end
    this.ended = new AbortController();
    const listen = { capture: true, signal: this.ended.signal };
    document.addEventListener('toggle', event => this.folded(event.target), listen);
    document.addEventListener('scroll', event => this.scrolled(event.target), listen);
    this.observer = new MutationObserver(changes => {
      const found = node => node instanceof Element && (node.matches(this.ours) || node.querySelector(this.ours));
      if (changes.some(change => [...change.addedNodes].some(found))) this.look();
    });
    this.observer.observe(document.body, { childList: true, subtree: true });
    model.on('change:buttons', () => this.places.forEach(place => this.buttons(place)));
    model.on('msg:custom', message => this.hear(message));
    model.on('comm_live_update', () => this.end()); // the kernel restarted
    this.look();
  }

  /** Whether there is still a kernel to hear a click: not after a shutdown, nor when the notebook was closed. */
  get alive() {
    const manager = this.model.widget_manager;
    return !manager?.isDisposed && manager?.kernel !== null;
  }

  send(message) {
    if (this.alive) this.model.send(message);
    else this.end();
  }

  get ours() {
    return `[data-jmo="${this.key}"], [data-jmo-controls="${this.key}"]`;
  }

  screens() {
    return document.querySelectorAll(`[data-jmo="${this.key}"]`);
  }

  look() {
    if (!this.alive) return this.end();
    for (const node of document.querySelectorAll(`[data-jmo-controls="${this.key}"]`)) this.fill(node);
    for (const node of this.places.keys()) if (!node.isConnected) this.places.delete(node);
    for (const screen of this.screens()) {
      this.unfold(screen);
      for (const place of this.places.values()) place.asking?.show(screen);
      screen.hidden = [...this.places.values()].some(place => place.asking);
    }
  }

  fill(node) {
    if (this.places.has(node)) return;
    const place = { bar: make('div', { className: 'jmo-row' }), asking: null };
    if (this.model.get('body') !== '') place.asking = new Asking(this.model, message => this.send(message));
    node.dataset.lmSuppressShortcuts = 'true'; // keys typed here are not the notebook's
    node.replaceChildren(...(place.asking ? [place.asking.node] : []), place.bar);
    this.places.set(node, place);
    this.buttons(place);
  }

  buttons(place) {
    place.bar.replaceChildren(...this.model.get('buttons').map(button =>
      make('button', {
        type: 'button', className: 'jmo-button', textContent: button.label, title: button.title,
        disabled: button.disabled ?? false,
        onclick: () => this.send({ event: 'press', name: button.name })
      })));
  }

  hear(message) {
    for (const { asking } of this.places.values()) {
      if (message.event === 'answered') asking?.idle();
      if (message.event === 'shaped') asking?.take(message.form, message.body);
    }
  }

  // ── what was unfolded stays so ──

  mine(node, name) {
    return node instanceof Element && node.dataset[name] !== undefined && node.closest(`[data-jmo="${this.key}"]`);
  }

  folded(node) {
    if (!this.mine(node, 'fold')) return;
    this.folds.set(node.dataset.fold, node.open);
    if (node.open) this.follow(node);
  }

  scrolled(node) {
    if (!this.mine(node, 'follow')) return;
    const end = node.scrollHeight - node.clientHeight - node.scrollTop < 8;
    if (end) this.scrolls.delete(node.dataset.follow);
    else this.scrolls.set(node.dataset.follow, node.scrollTop);
  }

  unfold(screen) {
    for (const node of screen.querySelectorAll('[data-fold]')) {
      const open = this.folds.get(node.dataset.fold);
      if (open !== undefined) node.open = open;
    }
    this.follow(screen);
  }

  follow(part) {
    for (const log of part.querySelectorAll('[data-follow]')) {
      log.scrollTop = this.scrolls.get(log.dataset.follow) ?? log.scrollHeight;
    }
  }

  end() {
    this.ended.abort();
    this.observer.disconnect();
    for (const screen of this.screens()) screen.hidden = false;
    for (const node of this.places.keys()) node.replaceChildren();
  }
}

export default {
  initialize({ model }) {
    const live = new Live(model);
    return () => live.end();
  }
};
