import https from 'https';
import { ResourceEvent } from './events';
import { renderResponse } from './render-response';
import { Answer } from './turn';

const TIMEOUT_MS = 10_000;

/** Tells CloudFormation of the end of a request, by the signed URL that it has sent. Throws if it does not arrive. */
export async function respond(event: ResourceEvent, answer: Answer): Promise<void> {
  const body = renderResponse(event, answer, process.env.AWS_LAMBDA_LOG_GROUP_NAME);
  const url = new URL(event.ResponseURL);
  await new Promise<void>((resolve, reject) => {
    const request = https.request({
      hostname: url.hostname,
      // empty for the default port
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method: 'PUT',
      // S3 has signed for no content type
      headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
      timeout: TIMEOUT_MS,
    }, response => {
      response.resume();
      const statusCode = Number(response.statusCode);
      response.on('end', () => statusCode < 400 ? resolve() : reject(new Error(`CloudFormation refused the response: HTTP status ${statusCode}`)));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`CloudFormation did not accept the response within ${TIMEOUT_MS / 1_000} seconds`)));
    request.on('error', reject);
    request.end(body);
  });
}
