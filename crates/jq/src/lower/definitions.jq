# Filters defined in jq. Only those that an expression needs are compiled with it.
# They are read and lowered like any expression, so everything means what it means in jq.

def select(f): if f then . else empty end;
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type | . == "array" or . == "object");
def scalars: select(type | . != "array" and . != "object");
def isfinite: type == "number" and (isinfinite | not);
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def isvalid(f): try (f | true) catch false;

def map(f): [.[] | f];
def map_values(f): .[] |= f;
def recurse(f): def walk_down: ., (f | walk_down); walk_down;
def recurse: recurse(.[]?);
def recurse(f; condition): def walk_down: ., (f | select(condition) | walk_down); walk_down;
def repeat(f): def again: f, again; again;
def while(condition; update): def again: if condition then ., (update | again) else empty end; again;
def until(condition; update): def again: if condition then . else update | again end; again;
def walk(f): def inner: if type == "object" then map_values(inner) elif type == "array" then map(inner) else . end | f; inner;
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));
def toarray: if type == "array" then . else [.] end;

def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("nth doesn't support negative indices") else first(skip($n; f)) end;
def isempty(f): first((f | false), true);
def all(generator; condition): isempty(first(generator | condition | if . then empty else . end));
def any(generator; condition): isempty(first(generator | condition | if . then . else empty end)) | not;
def any(condition): any(.[]; condition);
def all(condition): all(.[]; condition);
def any: any(.[]; .);
def all: all(.[]; .);
def add(f): reduce f as $x (null; . + $x);
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $rest | [$x] + $rest end;
def combinations($n): . as $all | [range($n)] | map($all) | combinations;
def inputs: empty;
def get_search_list: [];
def have_decnum: true;
def have_literal_numbers: true;

def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; key): reduce stream as $row ({}; .[$row | key | tostring] |= $row);
def INDEX(key): INDEX(.[]; key);
def JOIN($index; key): [.[] | [., $index[key]]];
def JOIN($index; stream; key): stream | [., $index[key]];
def JOIN($index; stream; key; join): stream | [., $index[key]] | join;
def ascii: [.] | implode;

def tostream: path(def inner: (.[]? | inner), .; inner) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {value: null, done: false} as $init
  | foreach f as $event ($init;
      if .done then $init else . end
      | if $event | length == 2
        then setpath(["done"]; $event[0] | length == 0) | setpath(["value"] + $event[0]; $event[1])
        else setpath(["done"]; $event[0] | length == 1) end;
      if .done then .value else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $event | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;

def match($re; $flags): _match($re; $flags; false) | .[];
def match($re): if ($re | type) == "string" then match($re; null)
  elif ($re | type) == "array" and ($re | length) > 1 then match($re[0]; $re[1])
  elif ($re | type) == "array" and ($re | length) > 0 then match($re[0]; null)
  else error(($re | type) + " not a string or array") end;
def test($re; $flags): _match($re; $flags; true);
def test($re): if ($re | type) == "string" then test($re; null)
  elif ($re | type) == "array" and ($re | length) > 1 then test($re[0]; $re[1])
  elif ($re | type) == "array" and ($re | length) > 0 then test($re[0]; null)
  else error(($re | type) + " not a string or array") end;
def _captured: reduce (.captures[] | select(.name != null)) as $group ({}; .[$group.name] = $group.string);
def capture($re; $flags): match($re; $flags) | _captured;
def capture($re): match($re) | _captured;
def scan($re; $flags): match($re; "g" + $flags) | if (.captures | length) > 0 then [.captures[].string] else .string end;
def scan($re): scan($re; null);
def split($re; $flags): . as $text
  | [foreach ((match($re; $flags + "g") | [.offset, .length]), null) as $found
      ([0, null]; if $found == null then [0, $text[.[0]:]] else [$found[0] + $found[1], $text[.[0]:$found[0]]] end; .[1])];
def splits($re; $flags): split($re; $flags) | .[];
def splits($re): splits($re; null);
def sub($re; replacement): sub($re; replacement; "");
def gsub($re; replacement; $flags): sub($re; replacement; $flags + "g");
def gsub($re; replacement): sub($re; replacement; "g");

def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def date: todate;
def dateadd($unit; $n): . + $n;
def datesub($unit; $n): . - $n;
def dateiso8601: todateiso8601;

def jn($n; $x): _jn($n | trunc; $x);
def yn($n; $x): _yn($n | trunc; $x);
def ldexp($x; $e): _ldexp($x; $e | trunc);
def scalbln($x; $e): _scalbln($x; $e | trunc);
def pow10: exp10;
def gamma: lgamma;
def lgamma_r: [lgamma, if . < 0 and (floor % 2 != 0) then -1 else 1 end];
def logb: if . == 0 then -infinite elif isinfinite then infinite elif isnan then . else ilogb end;
def significand: if . == 0 or isinfinite or isnan then . else scalbln(.; -ilogb) end;
def drem($x; $y): remainder($x; $y);
def nexttoward($x; $y): nextafter($x; $y);
def scalb($x; $e): $x * ($e | exp2);
