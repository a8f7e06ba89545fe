/** Where the focus is while a form is at work, and afterwards. */

import * as React from 'react';

/** Whether nothing holds the focus: what held it was switched off, or has gone. */
export function isLost(held: Element | null): boolean {
  return held === null || held === document.body || held instanceof HTMLDialogElement;
}

/**
 * A form at work is switched off, and what is switched off loses the focus. When the work is done the focus goes on to
 * `next`, or where there is none back to what held it; one that the user has put elsewhere stays there.
 */
export function useFocusKept(busy: boolean, next?: React.RefObject<HTMLElement>): void {
  const held = React.useRef<Element | null>(null);
  if (busy && held.current === null) {
    // Not later, in an effect: a fieldset that is switched off takes the focus away at once.
    held.current = document.activeElement;
  }
  React.useLayoutEffect(() => {
    if (busy) {
      return;
    }
    const before = held.current;
    held.current = null;
    if (before === null || (document.activeElement !== before && !isLost(document.activeElement))) {
      return;
    }
    const goal = next?.current ?? before;
    if (goal instanceof HTMLElement) {
      goal.focus();
    }
  }, [busy]);
}
