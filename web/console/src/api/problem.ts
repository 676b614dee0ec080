import type { Problem } from './types';

// Every failure that reaches a screen: what happened, what was kept, what to do.
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    ['title', 'reason', 'kept', 'todo'].every((name) => typeof fields[name] === 'string') && typeof fields.status === 'number'
  );
}

// The server's own problem, or one for an answer that carries none (a proxy in between, a broken connection).
export function problemOf(status: number, body: unknown): ApiProblem {
  if (isProblem(body)) return new ApiProblem(body);
  return new ApiProblem({
    type: 'about:blank',
    title: 'The node gave an answer that the console cannot read.',
    status,
    reason: 'console.unreadable_answer',
    kept: 'Whatever you typed is still on this page.',
    todo: 'Try once more. If it happens again, tell the administrator the time and the word at the end.',
  });
}

export function unreachable(): ApiProblem {
  return new ApiProblem({
    type: 'about:blank',
    title: 'The node does not answer.',
    status: 503,
    reason: 'console.no_connection',
    kept: 'Whatever you typed is still on this page. A change may or may not have arrived.',
    todo: 'Check the connection and load the page again; it shows what the node has. Repeating a decision cannot double it.',
  });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  return {
    type: 'about:blank',
    title: 'The console has made a mistake.',
    status: 500,
    reason: 'console.internal',
    kept: 'Nothing was sent to the node.',
    todo: 'Load the page again. If it happens again, tell the administrator what you did before.',
  };
}
