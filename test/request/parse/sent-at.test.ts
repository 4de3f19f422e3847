import { isOutdated, sentAt } from '../../../lambda/request/sent-at';

/** As recorded in public reports of custom resources. */
const HOST = 'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com';
const SIGNED = `${HOST}/arn%3Aaws%3Acloudformation%3Aus-east-1%3A123456789012%3Astack/Images/20f18af0%7CCopy%7C90581a31`
  + '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20220729T203732Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=A&X-Amz-Signature=1';
const SENT = Date.parse('2022-07-29T20:37:32Z');

test('the time of a request is in the URL for its response', () => {
  expect(sentAt({ ResponseURL: SIGNED })).toBe(SENT);
});

test.each([`${HOST}/one?AWSAccessKeyId=A&Expires=1549075566&Signature=9`, 'http://127.0.0.1:4566/response', ''])('it is unknown in %p, which is never outdated', ResponseURL => {
  expect(sentAt({ ResponseURL })).toBeNaN();
  expect(isOutdated({ ResponseURL }, { since: SENT + 24 * 3_600_000 })).toBe(false);
});

test.each([[-1, false], [0, false], [60, false], [61, true], [1_200, true]])('a resource that something happened to %p seconds later: %p', (seconds, expected) => {
  expect(isOutdated({ ResponseURL: SIGNED }, { since: SENT + seconds * 1_000 })).toBe(expected);
});

test('a resource that CloudFormation tells nothing of', () => {
  expect(isOutdated({ ResponseURL: SIGNED }, undefined)).toBe(false);
  expect(isOutdated({ ResponseURL: SIGNED }, {})).toBe(false);
});
