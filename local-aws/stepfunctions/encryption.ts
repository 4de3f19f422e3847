import type { EncryptionConfiguration } from '@aws-sdk/client-sfn';
import { AwsError, Principal } from '../aws-call';
import { Execution } from './execution';
import { dnsSuffixOf } from '../regions/partition';
import { RuntimeFailure } from './language/failures';
import { Revision } from './state-machine';
import { arnOf, Key } from '../kms/key';
import { Kms } from '../kms/kms';

/** A customer managed key of a state machine ("Data at rest encryption in Step Functions"). */
export class Encryption {
  public constructor(private readonly kms: Pick<Kms, 'find' | 'allows'> | undefined, private readonly principalOf: (roleArn: string) => Principal) {}

  /** Replaces the key's ID or alias in the configuration by its ARN. */
  public configure(configuration: EncryptionConfiguration | undefined, machineArn: string): EncryptionConfiguration | undefined {
    if (configuration?.type !== 'CUSTOMER_MANAGED_KMS_KEY') {
      return undefined;
    }
    const key = this.find(configuration.kmsKeyId!, machineArn);
    if (key === undefined || key.spec !== 'SYMMETRIC_DEFAULT' || key.state !== 'Enabled') {
      throw new AwsError('InvalidEncryptionConfiguration', `Invalid Encryption Configuration: '${configuration.kmsKeyId}' is not an enabled symmetric encryption key`);
    }
    return { kmsDataKeyReusePeriodSeconds: 300, ...configuration, kmsKeyId: arnOf(key) };
  }

  /** Checks a caller's use of the key through Step Functions, with `kms:ViaService`. */
  public requireOfCaller(principal: Principal, actions: readonly string[], { encryption }: Revision, machineArn: string): void {
    const [, , , region] = machineArn.split(':');
    const fault = this.faultOf(principal, actions, encryption, machineArn, `states.${region}.${dnsSuffixOf(region)}`);
    if (fault !== undefined) {
      throw fault;
    }
  }

  /** Checks the role's direct use of the key, without `kms:ViaService`. Catch does not match its failure. */
  public requireOfRole({ revision, stateMachineArn }: Execution): void {
    if (revision.encryption === undefined) {
      return;
    }
    const fault = this.faultOf(this.principalOf(revision.roleArn), ['GenerateDataKey', 'Decrypt'], revision.encryption, stateMachineArn);
    if (fault !== undefined) {
      throw new RuntimeFailure(fault.message);
    }
  }

  private faultOf(
    principal: Principal, actions: readonly string[], configuration: EncryptionConfiguration | undefined, machineArn: string, viaService?: string,
  ): AwsError | undefined {
    if (configuration?.kmsKeyId === undefined) {
      return undefined;
    }
    const key = this.find(configuration.kmsKeyId, machineArn);
    if (key === undefined || key.state !== 'Enabled') {
      return new AwsError('KmsInvalidStateException', `${configuration.kmsKeyId} ${key?.state === 'Disabled' ? 'is disabled' : 'is pending deletion'}.`);
    }
    const use = { viaService, encryptionContext: { 'aws:states:stateMachineArn': machineArn } };
    const denied = actions.find(action => !this.kms!.allows(principal, key, `kms:${action}`, use));
    return denied === undefined ? undefined : new AwsError('KmsAccessDeniedException', `User: ${principal.arn} is not authorized to perform: kms:${denied} on resource: `
      + `${configuration.kmsKeyId} because no identity-based policy allows the kms:${denied} action`);
  }

  private find(keyId: string, machineArn: string): Key | undefined {
    const [, , , region, account] = machineArn.split(':');
    return this.kms?.find({ account, region }, keyId)?.key;
  }
}
