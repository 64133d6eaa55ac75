// Texts in Markdown.

/**
 * A text as `MarkdownString.appendText` escapes it, so that its lines end between words. That method
 * makes every blank a hard one, and a line of the hover then ends within a word. Blanks at the beginning
 * and after a number that would begin a list stay as they are.
 */
export function breakable(escaped: string): string {
  return escaped.replace(/(?<!^|^&nbsp;|^\d+[.)]|\n|&nbsp;)&nbsp;(?!&nbsp;)/g, ' ');
}
