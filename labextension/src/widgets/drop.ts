/** Files of the file browser may be dropped: Lumino's own drag and drop, not the browser's. */

import type { Drag } from '@lumino/dragdrop';
import type { Widget } from '@lumino/widgets';

/** What the file browser calls the paths that it drags. */
const CONTENTS = 'application/x-jupyter-icontents';

/** Call `drop` with the path of each file or folder that is dropped on the widget. */
export function acceptFiles(widget: Widget, drop: (path: string) => void): void {
  const mark = (on: boolean): boolean => widget.toggleClass('jp-mlops-mod-drop', on);
  const handle = (event: Event): void => {
    const drag = event as Drag.Event;
    if (!drag.mimeData.hasData(CONTENTS)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    switch (event.type) {
      case 'lm-dragenter':
        mark(true);
        break;
      case 'lm-dragover':
        drag.dropAction = drag.proposedAction;
        break;
      case 'lm-dragleave':
        mark(false);
        break;
      case 'lm-drop':
        mark(false);
        drag.dropAction = 'none';
        (drag.mimeData.getData(CONTENTS) as readonly string[]).forEach(drop);
        break;
    }
  };
  for (const type of ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop']) {
    widget.node.addEventListener(type, handle);
  }
}
