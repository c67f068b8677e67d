import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkRewriter } from '../../../src/server/proxy/link-rewriter.js';
import { rewrittenLink } from '../../../src/server/proxy/proxied-urls.js';

const page = { backendHost: '10.0.0.1:80', requestHost: 'api:6443', prefix: '/p' };

function rewritten(html: string, pieces: readonly string[] = [html]): Promise<string> {
  const chunks = pieces.map((piece) => Buffer.from(piece));
  return text(Readable.from(chunks).pipe(new LinkRewriter((link) => rewrittenLink(page, link))));
}

describe('the links of a proxied page', () => {
  it.each([
    ['<a href="/x">', '<a href="/p/x">'],
    ["<A HREF='/x?a=1&amp;b=2#c'>", '<a href="/p/x?a=1&amp;b=2#c">'],
    ['<a href=/x>', '<a href="/p/x">'],
    ['<img src=/x/ alt>', '<img src="/p/x/" alt="">'],
    ['<br/>', '<br/>'],
    ['<a href="http://10.0.0.1:80/x">', '<a href="/p/x">'],
    ['<a href="https://api:6443/x">', '<a href="https://api:6443/p/x">'],
    ['<a href="/p/x">', '<a href="/p/x">'],
    ['<a href="http://other/x">', '<a href="http://other/x">'],
    ['<a href="x"><a href="?x"><a href="#x">', '<a href="x"><a href="?x"><a href="#x">'],
    ['<a href="http://%zz/">', '<a href="http://%zz/">'],
    ['<p title="/x" data-href="/y">', '<p title="/x" data-href="/y">'],
    ['<a title="a &copy; b &#233; &#60;" href="">', '<a title="a &copy; b é &lt;" href="">'],
  ])('%s becomes %s', async (html, expected) => {
    expect(await rewritten(html)).toBe(expected);
  });

  it('are not those of scripts, styles, comments and text', async () => {
    const html = [
      '<!doctype html><!-- <a href="/x"> --><script>s = "<a href=\'/x\'>" < 1 </scripty </script>',
      '<style>a::before { content: "<img src=/x>" }</STYLE ><textarea><a href="/x"></textarea>',
      'a < b </ x><?xml <a href="/x"?><a',
    ].join('\n');
    expect(await rewritten(html)).toBe(html);
  });

  it('are the same in whatever pieces the page arrives', async () => {
    const html = `<html><a href="/é/x">é</a><script>"</s" + "<a href='/x'>"</script><!-- - --><img src='/y'>`;
    const whole = await rewritten(html);
    const cuts = fc.array(fc.nat({ max: html.length }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (points) => {
        const sorted = [0, ...points.sort((one, other) => one - other), html.length];
        const pieces = sorted.slice(1).map((end, index) => html.slice(sorted[index], end));
        expect(await rewritten(html, pieces)).toBe(whole);
      }),
    );
  });

  it('pass a tag that never ends without holding it', async () => {
    const html = `<a href="${'x'.repeat(600_000)}`;
    expect(await rewritten(html, [html.slice(0, 300_000), html.slice(300_000)])).toBe(html);
  });
});
