// JUnit's XML, which CI systems show: a test suite with a test case for each assertion.
import type { AssertionOutcome } from './assertions.ts';

export function junitXml(suite: string, outcomes: readonly AssertionOutcome[]): string {
  const failures = outcomes.filter((one) => !one.holds).length;
  const cases = outcomes.map(({ text, label, holds, sentence }) => {
    const name = label === '' ? text : `${label}: ${text}`;
    const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}"`;
    return holds ? `${open}/>\n` : `${open}>\n      <failure message="${xml(sentence)}"/>\n    </testcase>\n`;
  });
  const counts = `tests="${outcomes.length}" failures="${failures}" errors="0"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="${xml(suite)}" ${counts}>
${cases.join('')}  </testsuite>
</testsuites>
`;
}

/** For an attribute. XML 1.0 has no way at all to write most control characters. */
function xml(text: string): string {
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
