import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'vitest';
import { decodeObject } from '../../../src/wire/protobuf/decode.js';
import { encodeObject } from '../../../src/wire/protobuf/encode.js';
it('x', () => {
  const d='/work/shared/protobuf/golden/';
  let ok=0, enc=0;
  for (const f of readdirSync(d).filter(f=>f.endsWith('.pb'))) {
    const json=JSON.parse(readFileSync(d+f.replace('.pb','.json'),'utf8'));
    const want=JSON.stringify(json);
    try { const got=JSON.stringify(decodeObject(readFileSync(d+f)));
      if (got!==want) { let i=0; while(got[i]===want[i]) i++; console.log(f, got.slice(i-60,i+100),'\n WANT', want.slice(i-60,i+100)); } else ok++;
      const e=Buffer.from(encodeObject(json,{strict:true}));
      if (e.equals(readFileSync(d+f))) enc++; else { const w=readFileSync(d+f); let i=0; while(e[i]===w[i])i++; console.log(f,e.length,w.length,i,e.subarray(i-20,i+10).toString('latin1'),w.subarray(i-20,i+10).toString('latin1')); }
    } catch(e) { console.log(f, String(e)); }
  }
  console.log(ok,enc);
});
