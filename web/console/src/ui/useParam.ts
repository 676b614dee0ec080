import { useParams } from '@tanstack/react-router';

// A braced part of the page's address, such as itemId of /items/$itemId.
export function useParam(name: string): string {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false });
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no ${name}`);
  return value;
}
