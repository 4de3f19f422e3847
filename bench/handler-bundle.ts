import { statSync } from 'fs';
import * as path from 'path';
import { requireTime, sideBySide } from './measure';
import { Figure } from './print-figures';

const BUNDLE = path.join(__dirname, '..', 'assets', 'handler', 'index.js');

/** The size of the handler's bundle, and its load time at a cold start, compared with the SDK's client alone. */
export function handlerBundle(): Figure[] {
  const size = statSync(BUNDLE).size / 1024;
  const { ours, theirs, ratio } = sideBySide(15, () => requireTime(BUNDLE), () => requireTime('@aws-sdk/client-ec2'));
  return [
    { what: 'handler bundle, minified', measured: `${size.toFixed(0)} KiB`, budget: '<= 400 KiB', withinBudget: size <= 400 },
    {
      what: 'import of the bundle : require("@aws-sdk/client-ec2")',
      measured: `${ratio.toFixed(2)} (${ours.toFixed(0)} : ${theirs.toFixed(0)} ms)`,
      budget: '<= 0.25',
      withinBudget: ratio <= 0.25,
    },
  ];
}
