/** The extension's own icons, in the theme's colours. */

import { LabIcon } from '@jupyterlab/ui-components';

/** A model that becomes a service: a hexagon with a path through it. */
export const mlopsIcon = new LabIcon({
  name: 'jupyter-mlops:logo',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g fill="none"><g class="jp-icon3" stroke="#616161" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round">
    <path d="M5 8.2 12 4.2l7 4v7.6l-7 4-7-4z"/><path d="M5 8.2l7 4 7-4M12 12.2v7.6"/>
  </g></g></svg>`
});

/** Three boxes, one made of the other. */
export const workflowIcon = new LabIcon({
  name: 'jupyter-mlops:workflow',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g fill="none"><g class="jp-icon3" stroke="#616161" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round">
    <rect x="3" y="4" width="6" height="5" rx="1"/><rect x="3" y="15" width="6" height="5" rx="1"/>
    <rect x="15" y="9.5" width="6" height="5" rx="1"/><path d="M9 6.5c4 0 2 5.5 6 5.5M9 17.5c4 0 2-5.5 6-5.5"/>
  </g></g></svg>`
});
