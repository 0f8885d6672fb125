/** Stops with one line on a Node older than package.json asks for. Import it first. */

import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [wantMajor, wantMinor] = engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < wantMajor || (major === wantMajor && minor < wantMinor)) {
  process.stderr.write(
    `el2: Node ${process.versions.node} is too old; install Node ${wantMajor}.${wantMinor} or newer\n`,
  );
  process.exit(1);
}
