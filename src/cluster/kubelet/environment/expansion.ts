/**
 * Replaces `$(NAME)` by the value of the variable, and `$$` by `$`. A reference to a variable that is not defined stays as it is.
 */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^()$]*)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return lookUp(name) ?? whole;
  });
}
