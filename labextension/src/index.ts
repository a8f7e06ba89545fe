import { commands } from './plugins/commands';
import { files } from './plugins/files';
import { office } from './plugins/office';
import { panel } from './plugins/panel';

export default [office, commands, panel, files];
