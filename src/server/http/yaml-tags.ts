import type { ScalarTag, Tags } from 'yaml';

/** Returns the tags of YAML 1.1 without one of its numbers: in Go's library a dot alone is text, as the name of a field in `fieldsV1`. */
export function withoutDot(tags: Tags): Tags {
  return tags.map((tag) => (isNumber(tag) ? { ...tag, test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/ } : tag));
}

/** Reports whether a tag is that of the numbers that a dot alone is taken for. */
function isNumber(tag: Tags[number]): tag is ScalarTag {
  return typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:float' && tag.test?.test('.') === true;
}
