import * as React from 'react';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';

import type { Plan, ServiceDetail } from '../wire';
import { NO_CONTENT } from './content';
import { DeployForm } from './deploy';
import type { DeployProps } from './deploy';
import { RequestView } from './request';
import type { RequestProps } from './request';

afterEach(cleanup);

const PLAN = { items: [], notices: [], magic: '%deploy glucose' } as unknown as Plan;

function deploying(change: Partial<DeployProps>): JSX.Element {
  const draft = { ...NO_CONTENT, name: 'glucose', from: 'model', image: '', target: '', description: '', options: {} };
  return (
    <DeployForm
      choices={{ models: [], scripts: [], environments: [], images: [], targets: [] }}
      draft={draft as DeployProps['draft']}
      service={null}
      plan={null}
      magic={null}
      busy={false}
      refusal={null}
      onChange={vi.fn()}
      onPlan={vi.fn()}
      onGo={vi.fn()}
      onClose={vi.fn()}
      {...change}
    />
  );
}

const named = (name: string): HTMLElement => screen.getByRole('button', { name });

it('goes on to “Deploy” when the plan is there', () => {
  const { rerender } = render(deploying({}));
  expect(named('Show the plan').getAttribute('type')).toBe('submit');
  named('Show the plan').focus();
  rerender(deploying({ busy: true }));
  rerender(deploying({ plan: PLAN }));
  expect(document.activeElement).toBe(named('Deploy'));
  expect(named('Deploy').getAttribute('type')).toBe('submit');
});

it('goes back to the field when there is no plan, and stays where the user has gone', () => {
  const { rerender } = render(deploying({}));
  const name = screen.getByRole('textbox', { name: 'Service' });
  name.focus();
  rerender(deploying({ busy: true }));
  name.blur();
  rerender(deploying({}));
  expect(document.activeElement).toBe(name);
  rerender(deploying({ busy: true }));
  named('Cancel').focus();
  rerender(deploying({ plan: PLAN }));
  expect(document.activeElement).toBe(named('Cancel'));
});

it('keeps the plan when the focus leaves a name that is as it must be', () => {
  const onChange = vi.fn();
  render(deploying({ plan: PLAN, onChange }));
  const name = screen.getByRole('textbox', { name: 'Service' });
  name.focus();
  name.blur();
  expect(onChange).not.toHaveBeenCalled();
});

function asking(detail: Partial<ServiceDetail>, onSend: RequestProps['onSend']): JSX.Element {
  return (
    <RequestView
      detail={{ example: null, signature: null, ...detail } as ServiceDetail}
      swagger={null}
      sending={false}
      history={[]}
      refusal={null}
      magic={null}
      onBody={vi.fn()}
      onSend={onSend}
    />
  );
}

it.each([{}, { ctrlKey: true }])('sends what was typed last (%o)', keys => {
  const onSend = vi.fn();
  render(asking({ example: '{"data": [[1, 2]]}' }, onSend));
  const cell = screen.getAllByRole('textbox')[0];
  fireEvent.change(cell, { target: { value: '7' } });
  fireEvent.keyDown(cell, { key: 'Enter', ...keys });
  expect(JSON.parse(onSend.mock.calls[0][0].body)).toEqual({ data: [[7, 2]] });
});

it('sends the bytes that were recorded, until a file is chosen', async () => {
  const onSend = vi.fn();
  render(asking({ signature: { kind: 'value', dtype: 'bytes', example: 'AQID' } }, onSend));
  expect(screen.getByText('Without one, the example that was recorded: 3 bytes')).toBeTruthy();
  fireEvent.click(named('Send'));
  expect(onSend).toHaveBeenLastCalledWith({ body_base64: 'AQID' });

  const file = new File([new Uint8Array([9])], 'nine.bin');
  fireEvent.change(screen.getByLabelText(/The bytes of a file are the body/), { target: { files: [file] } });
  expect((named('Send') as HTMLButtonElement).disabled).toBe(true);
  await screen.findByText('nine.bin: 1 byte');
  fireEvent.click(named('Send'));
  expect(onSend).toHaveBeenLastCalledWith({ body_base64: 'CQ==' });

  fireEvent.click(named('Back to the example'));
  fireEvent.click(named('Send'));
  expect(onSend).toHaveBeenLastCalledWith({ body_base64: 'AQID' });
});
