/** Types of the table of guests. */
export interface Guest {
  readonly name: string;
  readonly source?: string;
  readonly define?: Readonly<Record<string, string>>;
  readonly levels: readonly number[];
  readonly stdin?: string;
  readonly code: number | 'never';
}
export const guests: readonly Guest[];
