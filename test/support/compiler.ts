/** The TypeScript compiler for tests: the settings of a project, and the errors in a text that is on no disk. */

import { dirname } from 'node:path';
import ts from 'typescript';

/** The settings of a `tsconfig.json`, by path. */
export function project(path: string): ts.ParsedCommandLine {
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path), undefined, path);
}

/** The errors that a file with this text would have at `path`; `others` are compiled with it. */
export function errorsIn(
  path: string,
  text: string,
  options: ts.CompilerOptions,
  others: string[] = [],
): { code: string; text: string }[] {
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === path || disk.fileExists(name),
    getSourceFile: (name, version) =>
      name === path ? ts.createSourceFile(name, text, version) : disk.getSourceFile(name, version),
  };
  const program = ts.createProgram([path, ...others], options, host);
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => ({
    code: `TS${diagnostic.code}`,
    text: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
  }));
}
