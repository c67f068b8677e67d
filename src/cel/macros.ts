import { accumulator, type Call, type Expr, type Fold } from './ast.js';
import type { CelValue } from './values.js';

/** Why a macro cannot be put in place. */
interface MacroFault {
  readonly message: string;
  readonly offset: number | undefined;
}

/** Expands a call of a macro. Returns undefined for other calls. */
export function expandMacro(call: Call): Expr | MacroFault | undefined {
  const { name, target, args } = call;
  if (target === undefined) return name === 'has' && args.length === 1 ? has(call) : undefined;
  switch (`${name}/${args.length}`) {
    case 'all/2':
    case 'all/3':
    case 'exists/2':
    case 'exists/3':
    case 'exists_one/2':
    case 'exists_one/3':
    case 'existsOne/2':
    case 'existsOne/3':
      return quantifier(call, target);
    case 'map/2':
    case 'map/3':
    case 'filter/2':
      return transform(call, target);
    case 'transformList/3':
    case 'transformList/4':
    case 'transformMap/3':
    case 'transformMap/4':
    case 'transformMapEntry/3':
    case 'transformMapEntry/4':
      return transformTwo(call, target);
    case 'optMap/2':
    case 'optFlatMap/2':
      return optionalMap(call, target);
    case 'sortBy/2':
      return sortBy(call, target);
    default:
      return undefined;
  }
}

/** Parts of expressions that stand where the macro's call does. */
class Maker {
  constructor(private readonly offset: number) {}

  literal(value: CelValue): Expr {
    return { kind: 'literal', offset: this.offset, value };
  }

  ident(name: string): Expr {
    return { kind: 'ident', offset: this.offset, name };
  }

  get accu(): Expr {
    return this.ident(accumulator);
  }

  call(name: string, ...args: Expr[]): Expr {
    return { kind: 'call', offset: this.offset, name, target: undefined, args };
  }

  member(target: Expr, name: string, ...args: Expr[]): Expr {
    return { kind: 'call', offset: this.offset, name, target, args };
  }

  list(...values: Expr[]): Expr {
    return { kind: 'list', offset: this.offset, items: values.map((value) => ({ value, optional: false })) };
  }

  map(): Expr {
    return { kind: 'map', offset: this.offset, entries: [] };
  }

  /** `step`, where `filter` holds, else what there was. */
  where(filter: Expr | undefined, step: Expr): Expr {
    return filter === undefined ? step : this.call('_?_:_', filter, step, this.accu);
  }

  fold(
    parts: Omit<Fold, 'kind' | 'offset' | 'accuVar' | 'iterVar2'> & Partial<Pick<Fold, 'accuVar' | 'iterVar2'>>,
  ): Expr {
    return { kind: 'fold', offset: this.offset, accuVar: accumulator, iterVar2: undefined, ...parts };
  }
}

function has({ args: [field], offset }: Call): Expr | MacroFault {
  if (field?.kind === 'select') return { ...field, kind: 'select', offset, test: true };
  return { message: 'invalid argument to has() macro', offset: field?.offset };
}

interface Variables {
  readonly iterVar: string;
  readonly iterVar2: string | undefined;
}

/** The names a macro gives, one or two. */
function variables(args: readonly Expr[], two: boolean, why: string): Variables | MacroFault {
  const [first, second] = args;
  const wrong = (two ? [first, second] : [first]).find((arg) => arg?.kind !== 'ident');
  if (first?.kind !== 'ident' || wrong !== undefined) return { message: why, offset: wrong?.offset };
  const taken = (arg: Expr | undefined): boolean => arg?.kind === 'ident' && arg.name === '__result__';
  const overwriting = two && taken(second) ? second : taken(first) ? first : undefined;
  if (overwriting !== undefined)
    return { message: 'iteration variable overwrites accumulator variable', offset: overwriting.offset };
  if (!two) return { iterVar: first.name, iterVar2: undefined };
  const other = second?.kind === 'ident' ? second.name : '';
  if (other === first.name) return { message: `duplicate variable name: ${other}`, offset: second?.offset };
  return { iterVar: first.name, iterVar2: other };
}

function quantifier({ name, args, offset }: Call, range: Expr): Expr | MacroFault {
  const two = args.length === 3;
  const named = variables(args, two, 'argument must be a simple name');
  if ('message' in named) return named;
  const make = new Maker(offset);
  const predicate = args[two ? 2 : 1] ?? make.literal(true);
  const loop = { ...named, range };
  if (name === 'all') {
    return make.fold({
      ...loop,
      init: make.literal(true),
      condition: make.call('@not_strictly_false', make.accu),
      step: make.call('_&&_', make.accu, predicate),
      result: make.accu,
    });
  }
  if (name === 'exists') {
    return make.fold({
      ...loop,
      init: make.literal(false),
      condition: make.call('@not_strictly_false', make.call('!_', make.accu)),
      step: make.call('_||_', make.accu, predicate),
      result: make.accu,
    });
  }
  return make.fold({
    ...loop,
    init: make.literal(0n),
    condition: make.literal(true),
    step: make.call('_?_:_', predicate, make.call('_+_', make.accu, make.literal(1n)), make.accu),
    result: make.call('_==_', make.accu, make.literal(1n)),
  });
}

function transform({ name, args, offset }: Call, range: Expr): Expr | MacroFault {
  const named = variables(args, false, 'argument is not an identifier');
  if ('message' in named) return named;
  const make = new Maker(offset);
  const [item, second, third] = args;
  const filter = name === 'filter' || args.length === 3 ? second : undefined;
  const value = name === 'filter' ? item : args.length === 3 ? third : second;
  const step = make.call('_+_', make.accu, make.list(value ?? make.literal(null)));
  return make.fold({
    ...named,
    range,
    init: make.list(),
    condition: make.literal(true),
    step: make.where(filter, step),
    result: make.accu,
  });
}

function transformTwo({ name, args, offset }: Call, range: Expr): Expr | MacroFault {
  const named = variables(args, true, 'argument must be a simple name');
  if ('message' in named) return named;
  const make = new Maker(offset);
  const filter = args.length === 4 ? args[2] : undefined;
  const value = args.at(-1) ?? make.literal(null);
  const isList = name === 'transformList';
  const step = isList
    ? make.call('_+_', make.accu, make.list(value))
    : name === 'transformMap'
      ? make.call('cel.@mapInsert', make.accu, make.ident(named.iterVar), value)
      : make.call('cel.@mapInsert', make.accu, value);
  return make.fold({
    ...named,
    range,
    init: isList ? make.list() : make.map(),
    condition: make.literal(true),
    step: make.where(filter, step),
    result: make.accu,
  });
}

/** A value with a name: a loop over nothing. */
function bind(make: Maker, name: string, value: Expr, result: Expr): Expr {
  return make.fold({
    range: make.list(),
    iterVar: '#unused',
    accuVar: name,
    init: value,
    condition: make.literal(false),
    step: make.ident(name),
    result,
  });
}

function optionalMap({ name, args: [variable, value], offset }: Call, target: Expr): Expr | MacroFault {
  if (variable?.kind !== 'ident' || value === undefined) {
    return { message: `${name}() variable name must be a simple identifier`, offset: variable?.offset };
  }
  const make = new Maker(offset);
  const bound = bind(make, variable.name, make.member(target, 'value'), value);
  return make.call(
    '_?_:_',
    make.member(target, 'hasValue'),
    name === 'optMap' ? make.call('optional.of', bound) : bound,
    make.call('optional.none'),
  );
}

function sortBy({ args, offset }: Call, target: Expr): Expr | MacroFault {
  if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
    const message = 'sortBy can only be applied to a list, identifier, comprehension, call or select expression';
    return { message, offset: target.offset };
  }
  const make = new Maker(offset);
  const name = '@__sortBy_input__';
  const keys = transform({ kind: 'call', offset, name: 'map', target, args }, make.ident(name));
  return 'message' in keys
    ? keys
    : bind(make, name, target, make.member(make.ident(name), '@sortByAssociatedKeys', keys));
}
