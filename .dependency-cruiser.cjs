/**
 * The rules of the floors. Who may import whom is said once, by the project references in src/.../tsconfig.json; the
 * rules here repeat it for the imports that the compiler lets pass, and forbid circles.
 */

const { readdirSync, readFileSync } = require('node:fs');
const { join, posix } = require('node:path');

/** Folders below the host's floor: neither Node nor the DOM, and no package until the debugger's floor. */
const PURE = ['arch', 'mmu', 'devices', 'cpu', 'hyp', 'machine'];

/** Path pattern of a folder of src/; '.' stands for the public API. */
const pattern = (folder) => (folder === '.' ? '^src/index\\.ts$' : `^src/${folder}/`);

function floorRule(folder) {
  const { references = [] } = JSON.parse(readFileSync(join(__dirname, 'src', folder, 'tsconfig.json'), 'utf8'));
  const lower = references.map(({ path }) => posix.join(folder, path).replace(/\/$/, ''));
  return {
    name: `floor-${folder === '.' ? 'index' : folder}`,
    comment: 'A file imports from lower floors, or from its own folder.',
    severity: 'error',
    from: { path: pattern(folder) },
    to: { path: '^src/', pathNot: [folder, ...lower].map(pattern) },
  };
}

const folders = readdirSync(join(__dirname, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

module.exports = {
  forbidden: [
    ...['.', ...folders].map(floorRule),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-node-below-host',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(host|cli)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-package-below-debug',
      severity: 'error',
      from: { path: PURE.map(pattern) },
      to: { path: 'node_modules' },
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-test-in-source', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts|bin)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
