// spec/openapi.yaml as the judge: every answer that a test receives from /v1 is held against it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import add_formats from 'ajv-formats';
import { parse } from 'yaml';
import { root } from './node.mjs';

const spec = parse(readFileSync(join(root, 'spec/openapi.yaml'), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true });
add_formats(ajv);
ajv.addSchema({ $id: 'spec', ...spec });

const compiled = new Map();
function validator(pointer) {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `spec#${pointer}` }));
  return compiled.get(pointer);
}

const patterns = Object.keys(spec.paths).map((path) => ({
  path,
  match: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
}));

const escape = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');
export const seen = new Set();

function resolve_pointer(pointer) {
  let node = spec;
  let at = '';
  for (const part of pointer.split('/').slice(1)) {
    node = node[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    at += `/${part}`;
    if (node?.$ref) return resolve_pointer(node.$ref.slice(1) + pointer.slice(at.length));
  }
  return { node, pointer };
}

// Throws unless the answer is one that the specification allows for that operation.
export function check_answer(method, path, status, content_type, body) {
  const found = patterns.filter(({ match }) => match.test(path)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  if (!found) throw new Error(`${method} ${path} is not in spec/openapi.yaml`);
  const operation = spec.paths[found.path][method.toLowerCase()];
  if (!operation) throw new Error(`${method} ${found.path} is not in spec/openapi.yaml`);
  const key = operation.responses[status] ? String(status) : operation.responses[`${String(status)[0]}XX`] ? `${String(status)[0]}XX` : 'default';
  if (!operation.responses[key]) throw new Error(`${method} ${found.path}: status ${status} is not in spec/openapi.yaml`);
  seen.add(`${method} ${found.path}`);
  const { node: response, pointer } = resolve_pointer(`/paths/${escape(found.path)}/${method.toLowerCase()}/responses/${key}`);
  if (!response.content) {
    if (body.length) throw new Error(`${method} ${found.path}: ${status} must have no body`);
    return;
  }
  const type = content_type?.split(';')[0].trim();
  if (!response.content[type]) throw new Error(`${method} ${found.path}: ${status} is ${type}, not ${Object.keys(response.content)}`);
  if (!type.endsWith('json')) return;
  const validate = validator(`${pointer}/content/${escape(type)}/schema`);
  if (!validate(JSON.parse(body)))
    throw new Error(`${method} ${found.path}: ${status} breaks spec/openapi.yaml: ${ajv.errorsText(validate.errors)} in ${body}`);
}

export const operations = (tag) =>
  Object.entries(spec.paths).flatMap(([path, item]) =>
    ['get', 'post', 'put', 'delete', 'patch'].filter((method) => item[method]?.tags.includes(tag)).map((method) => ({ method: method.toUpperCase(), path })));
