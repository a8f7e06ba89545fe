/**
 * What travels between the Jupyter server and this extension, as
 * `jupyter_mlops/serverextension/openapi.yaml` says it. Names are the wire's own.
 */

import type { JSONValue } from '@lumino/coreutils';

export type Strings = Readonly<Record<string, string>>;

export interface Problem {
  readonly type: string;
  readonly what: string;
  readonly where: string | null;
  readonly hint: string | null;
  readonly details: string | null;
}

export interface Workspace {
  readonly name: string;
  readonly id: string;
  readonly location: string;
  readonly chosen_by: string;
  readonly cursor: number;
  readonly counts: {
    readonly models: number;
    readonly images: number;
    readonly services: number;
    readonly operations: number;
  };
  readonly server: {
    readonly version: string;
    readonly python: string;
    readonly interpreter: string;
    readonly host: string;
  };
}

export interface Provenance {
  readonly user?: string;
  readonly host?: string;
  readonly python?: string;
  readonly kernel?: string | null;
  readonly notebook?: string | null;
  readonly cell?: number | null;
  readonly git_commit?: string | null;
  readonly git_dirty?: boolean;
}

export interface Column {
  readonly name: string;
  readonly dtype: string;
  readonly categories?: readonly JSONValue[];
}

export interface Signature {
  readonly kind?: 'frame' | 'series' | 'array' | 'value';
  readonly columns?: readonly Column[];
  readonly dtype?: string | null;
  readonly shape?: readonly (number | null)[];
  readonly example?: JSONValue;
}

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly version_tag: string | null;
  readonly flavor: string;
  readonly framework: string | null;
  readonly framework_version: string | null;
  readonly description: string | null;
  readonly size: number;
  readonly digest: string;
  readonly tags: Strings;
  readonly properties: Strings;
  readonly signature: Signature | null;
  readonly requirements: readonly string[];
  readonly provenance: Provenance;
  readonly created: string;
  readonly created_by: string;
  /** In a list: why this version cannot read it; what is not known is then empty. */
  readonly error?: string | null;
}

export interface Use {
  readonly kind: 'image' | 'service';
  readonly id: string;
}

export interface ModelDetail extends Model {
  readonly used_by: readonly Use[];
}

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly models: readonly string[];
  readonly script: string;
  readonly python: string;
  readonly environment: string;
  readonly description: string | null;
  readonly tags: Strings;
  readonly properties: Strings;
  readonly operation: string | null;
  readonly creation_state: string;
  readonly provenance: Provenance;
  readonly created: string;
  /** In a list: why this version cannot read it; what is not known is then empty. */
  readonly error?: string | null;
}

export interface ImageDetail extends Image {
  readonly packages: readonly string[];
  readonly script_digest: string;
  readonly example: string | null;
  readonly used_by: readonly Use[];
}

export interface Script {
  readonly name: string;
  readonly digest: string;
  readonly entry_script: string;
  readonly models: readonly string[];
  readonly proven: boolean;
  readonly created: string;
  readonly provenance: Provenance;
}

export type ServiceState = 'Transitioning' | 'Healthy' | 'Unhealthy' | 'Unschedulable' | 'Failed' | null;

export interface Behind {
  readonly model: string;
  readonly newest: string;
  readonly versions: number;
}

export interface Service {
  readonly name: string;
  readonly state: ServiceState;
  readonly live: boolean;
  readonly error: string | null;
  readonly details: string | null;
  /** How what runs is not what its image holds, in words. */
  readonly differs: string | null;
  readonly scoring_uri: string | null;
  readonly swagger_uri: string | null;
  readonly revision: number | null;
  readonly image: string | null;
  readonly models: readonly string[];
  readonly behind: readonly Behind[];
  readonly target: string;
  readonly host: string;
  readonly auth_enabled: boolean;
  readonly description: string | null;
  readonly tags: Strings;
  readonly properties: Strings;
  readonly operation: string | null;
  readonly created: string;
  readonly created_by: string;
  readonly updated: string;
}

export interface Revision {
  readonly number: number;
  readonly image: string;
  readonly current: boolean;
  readonly options: Readonly<Record<string, JSONValue>>;
  readonly provenance: Provenance;
  readonly created: string;
}

export interface ServiceDetail extends Service {
  readonly revisions: readonly Revision[];
  readonly options: Readonly<Record<string, JSONValue>>;
  readonly interpreter: string;
  readonly provenance: Provenance;
  readonly script: string | null;
  readonly script_digest: string | null;
  readonly example: string | null;
  readonly signature: Signature | null;
  readonly last_operation: Operation | null;
}

export interface Keys {
  readonly primary: string;
  readonly secondary: string;
}

export interface Logs {
  readonly lines: readonly string[];
  readonly cursor: string;
  readonly reset: boolean;
}

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface Window {
  readonly start: string;
  readonly end: string;
  readonly seconds: number;
  readonly requests: number;
  readonly rate: number;
  readonly errors: number;
  readonly error_share: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly latency: Quantiles;
  readonly run: Quantiles;
  readonly in_flight: number;
  readonly waiting: number;
  readonly restarts: number;
}

export interface Metrics {
  readonly service: string;
  readonly steps: readonly Window[];
  readonly whole: Window | null;
}

export interface TestRequest {
  readonly data?: JSONValue;
  readonly body?: string;
  readonly body_base64?: string;
}

export interface TestAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly milliseconds: number;
  readonly answer: JSONValue;
  readonly text: boolean;
  readonly answer_base64?: string | null;
  readonly headers: Strings;
  readonly wanted: JSONValue;
  readonly sent: string | null;
}

export type OperationState = 'Queued' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled' | 'Interrupted';

export interface Operation {
  readonly id: string;
  readonly kind: 'build' | 'deploy' | 'update' | 'delete' | 'register';
  readonly subject: string;
  readonly state: OperationState;
  readonly stages: readonly string[];
  readonly stage: string | null;
  readonly progress: number | null;
  readonly result: Readonly<Record<string, JSONValue>>;
  readonly error: Problem | null;
  readonly user: string;
  readonly host: string;
  readonly created: string;
  readonly started: string | null;
  readonly finished: string | null;
}

export interface Event {
  readonly number: number;
  readonly time: string;
  readonly subject: string;
  readonly kind: string;
  readonly message: string;
  readonly data: Readonly<Record<string, JSONValue>>;
}

export interface OperationDetail extends Operation {
  readonly events: readonly Event[];
  readonly cursor: number;
}

export interface Events {
  readonly events: readonly Event[];
  readonly cursor: number;
  readonly reset: boolean;
}

/** The part of JSON Schema that a target's options use. */
export interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: JSONValue;
  readonly enum?: readonly JSONValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly OptionSchema[];
  readonly items?: OptionSchema;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
}

export interface Target {
  readonly name: string;
  readonly kind: string;
  readonly attached: boolean;
  readonly default: boolean;
  readonly options: readonly string[];
  readonly schema: OptionSchema;
  readonly unavailable: Problem | null;
}

export interface Plan {
  readonly lines: readonly string[];
  readonly items: readonly { readonly name: string; readonly text: string }[];
  readonly notices: readonly string[];
  readonly magic: string;
}

export interface Begun {
  readonly operation: Operation;
  readonly notices: readonly string[];
}

export interface RegisterRequest {
  name: string;
  path?: string;
  url?: string;
  sha256?: string;
  framework?: string;
  description?: string;
  tags?: Strings;
  sample?: JSONValue;
  /** What a kernel set aside: an object of it, written out. */
  captured?: string;
  /** Answer at once with the operation that does it. */
  background?: boolean;
  notebook?: string;
  interpreter?: string;
}

export interface BuildRequest {
  name: string;
  models?: readonly string[];
  script?: string;
  entry_script?: string;
  source_directory?: string;
  conda_file?: string;
  environment?: string;
  relax_env?: boolean;
  description?: string;
  interpreter?: string;
  notebook?: string;
}

export interface DeployRequest extends BuildRequest {
  image?: string;
  target?: string;
  options?: Readonly<Record<string, JSONValue>>;
  overwrite?: boolean;
}

export type UpdateRequest = Omit<DeployRequest, 'name' | 'target' | 'overwrite' | 'description'>;

export interface Node {
  readonly id: string;
  readonly kind: 'model' | 'image' | 'service';
  readonly name: string;
  readonly version: number | null;
  readonly label: string;
  readonly state: string | null;
  readonly created: string;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Lineage {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

export interface KernelAnswer {
  readonly interpreter: string;
  /** null: jupyter_mlops is not installed there. */
  readonly version: string | null;
  readonly server: string;
  /** How the two are not the same; null: they are. */
  readonly message: string | null;
  readonly hint: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_offset: number | null;
}

export type MagicOption = string | number | boolean | null | readonly string[] | Readonly<Record<string, JSONValue>>;
