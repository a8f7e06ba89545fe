/** A tree that the keyboard walks: arrows, Home, End, Enter, Space, and the menu key. */

import * as React from 'react';
import { caretDownEmptyThinIcon, caretRightIcon, ellipsesIcon } from '@jupyterlab/ui-components';

import { IconButton, useTrans } from './parts';

export interface Row {
  readonly id: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly content: React.ReactNode;
  /** Rows below it, or what is said of it when it is unfolded. Absent: it cannot be unfolded. */
  readonly below?: readonly Row[] | null;
  readonly detail?: React.ReactNode;
  readonly unfolds: boolean;
  readonly onUnfold?: () => void;
  /** Enter, or a click on a row that does not unfold. */
  readonly onOpen?: () => void;
  readonly onMenu?: (x: number, y: number) => void;
}

interface Walk {
  readonly unfolded: ReadonlySet<string>;
  readonly current: string | null;
  toggle(row: Row): void;
  focus(id: string): void;
}

/** The rows that are seen, in their order. */
function seen(rows: readonly Row[], unfolded: ReadonlySet<string>): Row[] {
  return rows.flatMap(row => [row, ...(unfolded.has(row.id) ? seen(row.below ?? [], unfolded) : [])]);
}

export function Tree(props: { label: string; rows: readonly Row[] }): JSX.Element {
  const [unfolded, setUnfolded] = React.useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = React.useState<string | null>(null);
  const root = React.useRef<HTMLUListElement>(null);
  const all = seen(props.rows, unfolded);
  const focused = all.some(row => row.id === current) ? current : (all[0]?.id ?? null);

  const toggle = (row: Row): void => {
    const next = new Set(unfolded);
    if (!next.delete(row.id)) {
      next.add(row.id);
      row.onUnfold?.();
    }
    setUnfolded(next);
  };
  const focus = (id: string): void => {
    setCurrent(id);
    root.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.getAttribute('role') !== 'treeitem') {
      return;
    }
    const at = all.findIndex(row => row.id === focused);
    const row = all[at];
    if (row && walked(event, row, all, at, { unfolded, current: focused, toggle, focus })) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <ul className="jp-mlops-tree" role="tree" aria-label={props.label} ref={root} onKeyDown={onKeyDown}>
      {props.rows.map(row => (
        <Item key={row.id} row={row} level={1} walk={{ unfolded, current: focused, toggle, focus }} />
      ))}
    </ul>
  );
}

function walked(event: React.KeyboardEvent, row: Row, all: readonly Row[], at: number, walk: Walk): boolean {
  const go = (index: number): boolean => {
    const next = all[Math.min(Math.max(index, 0), all.length - 1)];
    walk.focus(next.id);
    return true;
  };
  const open = walk.unfolded.has(row.id);
  switch (event.key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(all.length - 1);
    case 'ArrowRight':
      if (row.unfolds && !open) {
        walk.toggle(row);
        return true;
      }
      return go(at + 1);
    case 'ArrowLeft': {
      if (row.unfolds && open) {
        walk.toggle(row);
        return true;
      }
      const parent = all.findIndex(other => other.below?.some(child => child.id === row.id));
      return parent >= 0 ? go(parent) : true;
    }
    case 'Enter':
      if (row.onOpen) {
        row.onOpen();
      } else if (row.unfolds) {
        walk.toggle(row);
      }
      return true;
    case ' ':
      if (row.unfolds) {
        walk.toggle(row);
      } else {
        row.onOpen?.();
      }
      return true;
    case 'ContextMenu':
      return menu(event, row);
    case 'F10':
      return event.shiftKey && menu(event, row);
    default:
      return false;
  }
}

function menu(event: React.KeyboardEvent, row: Row): boolean {
  const box = (event.target as HTMLElement).getBoundingClientRect();
  row.onMenu?.(box.left + 24, box.top + 22);
  return true;
}

function Item(props: { row: Row; level: number; walk: Walk }): JSX.Element {
  const { row, level, walk } = props;
  const trans = useTrans();
  const open = row.unfolds && walk.unfolded.has(row.id);
  const Caret = open ? caretDownEmptyThinIcon : caretRightIcon;
  const focusable = walk.current === row.id;
  return (
    <li
      role="treeitem"
      data-id={row.id}
      aria-label={row.label}
      aria-level={level}
      aria-expanded={row.unfolds ? open : undefined}
      tabIndex={focusable ? 0 : -1}
      onFocus={event => event.target === event.currentTarget && walk.current !== row.id && walk.focus(row.id)}
    >
      <div
        className="jp-mlops-row"
        style={{ paddingLeft: 4 + (level - 1) * 14 }}
        onClick={() => {
          walk.focus(row.id);
          if (row.unfolds) {
            walk.toggle(row);
          } else {
            row.onOpen?.();
          }
        }}
        onDoubleClick={() => row.unfolds && row.onOpen?.()}
        onContextMenu={event => {
          if (row.onMenu) {
            event.preventDefault();
            event.stopPropagation();
            row.onMenu(event.clientX, event.clientY);
          }
        }}
      >
        <span className="jp-mlops-caret" aria-hidden="true">
          {row.unfolds ? <Caret.react tag="span" width="14px" height="14px" /> : null}
        </span>
        {row.content}
        {row.onMenu ? (
          <IconButton
            icon={ellipsesIcon}
            label={trans.__('Actions for %1', row.label)}
            tabIndex={focusable ? 0 : -1}
            onClick={event => {
              const box = event.currentTarget.getBoundingClientRect();
              row.onMenu?.(box.left, box.bottom);
            }}
          />
        ) : null}
      </div>
      {open && row.detail ? (
        <div className="jp-mlops-detail" style={{ paddingLeft: 22 + (level - 1) * 14 }}>
          {row.detail}
        </div>
      ) : null}
      {open && row.below && row.below.length > 0 ? (
        <ul role="group">
          {row.below.map(child => (
            <Item key={child.id} row={child} level={level + 1} walk={walk} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}
