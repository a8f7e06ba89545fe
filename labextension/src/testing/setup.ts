/** What jsdom lacks and JupyterLab's modules want when they are loaded. */

class Nothing {}

const media = (): Pick<MediaQueryList, 'matches' | 'addEventListener' | 'removeEventListener'> => ({
  matches: false,
  addEventListener: () => {},
  removeEventListener: () => {}
});

Object.assign(globalThis, {
  DragEvent: globalThis.DragEvent ?? Nothing,
  CSS: globalThis.CSS ?? { escape: String },
  matchMedia: globalThis.matchMedia ?? media
});

export {};
