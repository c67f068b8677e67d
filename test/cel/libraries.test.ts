import { describe, expect, it } from 'vitest';
import { Environment, Program } from '../../src/cel/cel-environment.js';
import { types } from '../../src/cel/types.js';

const environment = new Environment(new Map([['any', types.dyn]]));

function evaluate(expression: string): unknown {
  const program = environment.compile(expression);
  if (!(program instanceof Program)) throw new Error(program);
  const outcome = program.run(() => 7n);
  return 'error' in outcome ? outcome.error : outcome.value;
}

describe('what holds in every environment', () => {
  it.each([
    // operators
    '1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 % 3 == -1 && 1.5 * 2.0 == 3.0 && 1u + 2u == 3u',
    'dyn(1) == dyn(1u) && dyn(1) < dyn(1.5) && 2u > 1 && 1.5 < 2',
    '"a" + "b" == "ab" && b"a" + b"b" == b"ab" && [1] + [2] == [1, 2]',
    'true || any.nope && false || [1][5] == 1',
    '[1][5] == 1 || true',
    '!(false && [1][5] == 1)',
    '2 in [1, 2] && !("c" in {"a": 1})',
    '(any == 7 ? "yes" : "no") == "yes"',
    'type(1) == int && type("") == string && type([]) == list && type(type(1)) == type',
    'r"\\d" == "\\\\d" && "\\u00e9\\x41\\101" == "éAA" && """a"b""" == "a\\"b"',
    // macros
    '[1, 2].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2].exists_one(x, x > 1) && ![1, 1].existsOne(x, x == 1)',
    '[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6] && [1, 2].map(x, x > 1, x) == [2]',
    '[1, 0, 2].exists(x, 2 / x == 2) && ![1, 0].all(x, 1 / x > 1)',
    '{"a": 1}.all(k, k == "a") && {"a": 1, "b": 2}.all(k, v, v < 3) && [3, 4].exists(i, v, i == 1 && v == 4)',
    '[1, 2].transformList(i, v, i + v) == [1, 3] && {"a": 1}.transformMap(k, v, v + 1) == {"a": 2}',
    '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"} && [1, 2].transformList(i, v, v > 1, v) == [2]',
    // optional values
    '{"a": 1}.?a.orValue(2) == 1 && {"a": 1}.?b.orValue(2) == 2 && [1][?3].or(optional.of(4)).value() == 4',
    'optional.of(1).optMap(x, x + 1).value() == 2 && !optional.none().hasValue() && {"a": {"b": 3}}.?a.?b.value() == 3',
    'optional.ofNonZeroValue("") == optional.none() && [?optional.of(1), ?optional.none()] == [1] && {?"a": optional.none()} == {}',
    'optional.of({"a": 2}).optFlatMap(m, m.?a) == optional.of(2) && [1, 2].first() == optional.of(1) && [].last() == optional.none()',
    // texts
    '"héllo".size() == 5 && "héllo".charAt(1) == "é" && "hello".indexOf("l") == 2 && "hello".lastIndexOf("l") == 3',
    '"hello".substring(1, 3) == "el" && "a,b,c".split(",", 2) == ["a", "b,c"] && ["a", "b"].join("-") == "a-b"',
    '"aXbX".replace("X", "y", 1) == "aybX" && "ab".replace("", "-") == "-a-b-" && " a ".trim() == "a" && "Ab".lowerAscii() == "ab"',
    '"%s %d %.2f %x %b".format(["a", 5, 1.555, 255, true]) == "a 5 1.55 ff 1" || "%.2f".format([1.555]) == "1.56"',
    'strings.quote("a\\n") == "\\"a\\\\n\\"" && "%s".format([[1, "a"]]) == "[1, \\"a\\"]"',
    '"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b22".findAll("[0-9]+", 1) == ["1"]',
    '"abc".matches("^a.c$") && !"abc".matches("b$") && "abc".startsWith("a") && "abc".endsWith("c") && "abc".contains("b")',
    // lists and sets
    '[1, 2, 2].isSorted() && ![2, 1].isSorted() && [1, 2].sum() == 3 && [].sum() == 0 && [3, 1].min() == 1 && ["a", "b"].max() == "b"',
    '[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(5) == -1',
    '[3, 1, 2].sort() == [1, 2, 3] && [[1], [2]].flatten() == [1, 2] && [1, 1].distinct() == [1] && [1, 2].reverse() == [2, 1]',
    'lists.range(3) == [0, 1, 2] && [1, 2, 3].slice(1, 3) == [2, 3] && ["bb", "a"].sortBy(s, s.size()) == ["a", "bb"]',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])',
    // times
    'timestamp("2024-02-29T12:30:45.5Z").getDayOfMonth() == 28 && timestamp("2024-02-29T12:30:45.5Z").getMilliseconds() == 500',
    'timestamp("2024-01-01T00:00:00Z").getHours("+02:30") == 2 && timestamp("2024-07-01T00:00:00Z").getHours("Europe/Berlin") == 2',
    'timestamp("2024-01-01T00:00:00+01:00") == timestamp("2023-12-31T23:00:00Z") && string(timestamp(0)) == "1970-01-01T00:00:00Z"',
    'duration("1h30m").getMinutes() == 90 && string(duration("1.5s")) == "1.5s" && duration("-1h") < duration("0")',
    'timestamp("2024-01-02T00:00:00Z") - timestamp("2024-01-01T00:00:00Z") == duration("24h") && int(duration("1us")) == 1000',
    'timestamp("2023-03-01T00:00:00Z").getDayOfYear() == 59 && timestamp("2023-01-01T00:00:00Z").getDayOfWeek() == 0',
    // conversions
    'int("42") == 42 && double("1e3") == 1000.0 && string(1.5) == "1.5" && string(1e21) == "1e+21" && uint(5) == 5u && bool("t")',
    'int(-1.9) == -1 && string(b"ab") == "ab" && bytes("é").size() == 2 && string(-0.0) == "-0"',
    // what Kubernetes adds
    'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("50k").add(20) == quantity("50020") && quantity("1.5k").asInteger() == 1500',
    'isQuantity("1Ki") && !isQuantity("1Kx") && !quantity("0.5").isInteger() && sign(quantity("-1")) == -1 && quantity("1").compareTo(quantity("2")) == -1',
    'ip("::1").isLoopback() && ip("10.0.0.1").family() == 4 && isIP("fe80::1") && !isIP("::ffff:1.2.3.4") && ip("169.254.0.1").isLinkLocalUnicast()',
    'ip("8.8.8.8").isGlobalUnicast() && ip("224.0.0.5").isLinkLocalMulticast() && ip("0.0.0.0").isUnspecified() && !ip.isCanonical("::0")',
    'cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR(cidr("10.1.0.0/16")) && !cidr("10.0.0.0/16").containsCIDR("10.0.0.0/8")',
    'cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8") && string(cidr("::/0")) == "::/0" && cidr("10.0.0.0/8").prefixLength() == 8 && !isCIDR("10.0.0.0/33")',
    'url("https://user@a.io:80/p%20q?x=1&x=2#f").getHost() == "a.io:80" && url("https://[::1]:80/").getHostname() == "::1"',
    'url("https://a.io/p?x=1&x=2&y").getQuery() == {"x": ["1", "2"], "y": [""]} && url("/p q").getEscapedPath() == "/p%20q" && !isURL("a b") && !isURL("../x")',
    'semver("1.2.3-rc.1+b").isLessThan(semver("1.2.3")) && semver("v1.02", true).minor() == 2 && !isSemver("1.2") && isSemver("1.2.3")',
    'format.dns1123Label().validate("a.b") == optional.of(["must not contain dots"]) && !format.uuid().validate("123e4567-e89b-12d3-a456-426614174000").hasValue()',
    'format.named("date").value().validate("2024-02-30").hasValue() && !format.named("nope").hasValue() && !format.labelValue().validate("A-b").hasValue()',
  ])('%s', (expression) => {
    expect(evaluate(expression)).toBe(true);
  });
});

describe('what goes wrong as it runs', () => {
  it.each([
    ['1 / (any - 7) == 1', 'division by zero'],
    ['9223372036854775807 + any > 0', 'integer overflow'],
    ['[1][any] == 1', 'index out of bounds: 7'],
    ['{"a": 1}["b"] == 1', 'no such key: b'],
    ['any + "x" == "x"', 'no such overload'],
    ['any.startsWith("x")', 'no such overload'],
    ['any.size() == 1', 'no such overload: size(int)'],
    ['"a".substring(any) == ""', 'index out of range: 7'],
    ['optional.none().value() == 1', 'optional.none() dereference'],
    ['[].max() == 1', 'max called on empty list'],
    [
      'ip("1.2.3") == ip("1.2.3.4")',
      'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short',
    ],
    ['semver("1.2") == semver("1.2.0")', 'No Major.Minor.Patch elements found'],
    ['timestamp("2024-01-01T00:00:00Z").getHours("Nowhere") == 1', 'unknown time zone Nowhere'],
  ])('%s', (expression, error) => {
    expect(evaluate(expression)).toBe(error);
  });

  it('is stopped, whatever would make it true, once it costs too much', () => {
    const program = environment.compile('true || lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))');
    const dear = environment.compile('lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0)) || true');
    if (!(program instanceof Program) || !(dear instanceof Program)) throw new Error('not read');
    expect(program.run(() => null)).toMatchObject({ value: true });
    expect(dear.run(() => null)).toMatchObject({
      exceeded: true,
      error: 'operation cancelled: actual cost limit exceeded',
    });
  });
});
