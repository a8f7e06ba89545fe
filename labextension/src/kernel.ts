/** What is asked of the running kernel: which Python it is, which models it holds, and to register one of them. */

import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly shape: string;
  readonly role: 'model' | 'data';
}

export interface KernelFacts {
  readonly interpreter: string;
  /** The version of jupyter_mlops in it; null when it is not installed there. */
  readonly version: string | null;
}

/** One expression: it leaves no name behind in the user's namespace. */
const FACTS = `(lambda m: {
  "interpreter": m("sys").executable,
  "version": next((d.version for d in m("importlib.metadata").metadata.distributions(name="jupyter-mlops")), None)
})(__import__)`;

/**
 * The variables that are models, told by their classes alone: nothing of an object is called, nothing is imported.
 * A model has a class that predicts or is of a framework; data is what pandas, numpy or polars made.
 */
const VARIABLES = `(lambda frameworks, data, names: [
  {
    "name": name,
    "type": type(value).__name__,
    "shape": "×".join(map(str, value.shape)) if role == "data" and isinstance(getattr(value, "shape", None), tuple) else "",
    "role": role
  }
  for name, value in names
  if not name.startswith("_") and not isinstance(value, type)
  for roots in [{base.__module__.partition(".")[0] for base in type(value).__mro__}]
  for role in [
    "data" if roots & data and type(value).__name__ in ("DataFrame", "Series", "ndarray")
    else "model" if hasattr(type(value), "predict") or (roots & frameworks and callable(value) and not hasattr(value, "__code__"))
    or type(value).__name__ in ("ModelProto", "Booster")
    else None
  ]
  if role
])(
  {"torch", "keras", "tensorflow", "xgboost", "lightgbm", "catboost", "sklearn"},
  {"pandas", "numpy", "polars"},
  list(globals().items())
)`;

/** As JSON in base64: its repr needs no unquoting. */
function packed(expression: string): string {
  return `__import__("base64").b64encode(__import__("json").dumps(${expression}).encode()).decode()`;
}

type Answer = {
  status: string;
  data?: Record<string, string>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
};

async function evaluate<T>(kernel: Kernel.IKernelConnection, expression: string, trans: TranslationBundle): Promise<T> {
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { answer: packed(expression) }
  });
  const reply = (await future.done) as KernelMessage.IExecuteReplyMsg;
  if (reply.content.status !== 'ok') {
    throw new KernelRefusal('KeyboardInterrupt', trans.__('the kernel was interrupted'), '');
  }
  const answer = reply.content.user_expressions?.answer as Answer | undefined;
  const text = answer?.data?.['text/plain'];
  if (answer?.status !== 'ok' || text === undefined) {
    const trace = plain(answer?.traceback?.join('\n') ?? '');
    throw new KernelRefusal(answer?.ename ?? 'Error', answer?.evalue ?? trans.__('the kernel did not answer'), trace);
  }
  const bytes = Uint8Array.from(atob(text.slice(1, -1)), char => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

const known = new WeakMap<Kernel.IKernelConnection, Promise<KernelFacts>>();

/** Asked once of each kernel. A kernel that is no Python, or is busy for more than two seconds, says nothing. */
export async function kernelFacts(kernel: Kernel.IKernelConnection): Promise<KernelFacts | null> {
  const info = await kernel.info;
  if (info.language_info.name !== 'python') {
    return null;
  }
  const asked = known.get(kernel) ?? evaluate<KernelFacts>(kernel, FACTS, nullTranslator.load('jupyter_mlops'));
  known.set(kernel, asked);
  const late = new Promise<null>(resolve => setTimeout(() => resolve(null), 2000));
  try {
    return await Promise.race([asked, late]);
  } catch {
    known.delete(kernel);
    return null;
  }
}

export function kernelVariables(
  kernel: Kernel.IKernelConnection,
  trans: TranslationBundle
): Promise<readonly Variable[]> {
  return evaluate<readonly Variable[]>(kernel, VARIABLES, trans);
}

const SDK = '__import__("jupyter_mlops.sdk.NAME", fromlist=["NAME"])';

/**
 * Have the kernel write an object of it out; the word by which the server finds it. The kernel is free again then,
 * and its memory is copied by nobody else. `location`: a workspace that is always meant; empty: the notebook's own.
 */
export function setAside(
  kernel: Kernel.IKernelConnection,
  trans: TranslationBundle,
  location: string,
  entry: { readonly variable: string; readonly name: string; readonly sample: string }
): Promise<string> {
  const registration = SDK.replace(/NAME/g, 'registration');
  const workspace = `${SDK.replace(/NAME/g, 'workspace')}.Workspace(${location === '' ? '' : JSON.stringify(location)})`;
  const sample = entry.sample === '' ? '' : `, sample=${entry.sample}`;
  return evaluate<string>(
    kernel,
    `${registration}.set_aside(${workspace}, ${entry.variable}, ${JSON.stringify(entry.name)}${sample})`,
    trans
  );
}

export class KernelRefusal extends Error {
  constructor(
    readonly ename: string,
    evalue: string,
    readonly details: string
  ) {
    super(evalue);
  }
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
