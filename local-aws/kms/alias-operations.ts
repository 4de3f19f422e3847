import { CreateAliasRequest, DeleteAliasRequest, ListAliasesRequest, UpdateAliasRequest } from '@aws-sdk/client-kms';
import { accountAndRegionOf, AwsError } from '../aws-call';
import { kmsArn } from './arns';
import { allowed, allowedById, refuseAlias } from './key-operations';
import { KmsContext } from './kms-context';
import { Operation } from '../wire/service';

export function aliasOperations(parts: () => KmsContext): Record<string, Operation> {
  return {
    CreateAlias: call => {
      const { AliasName = '', TargetKeyId } = call.input as unknown as CreateAliasRequest;
      checkName(AliasName);
      const arn = kmsArn(accountAndRegionOf(call), AliasName);
      parts().authorization.requireForAccount(call, 'kms:CreateAlias', arn);
      const { key } = allowedById(parts(), call, TargetKeyId);
      if (parts().keys.find(accountAndRegionOf(call), AliasName)) {
        throw new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
      }
      parts().keys.setAlias(accountAndRegionOf(call), AliasName, key);
    },
    UpdateAlias: call => {
      const { AliasName = '', TargetKeyId } = call.input as unknown as UpdateAliasRequest;
      const arn = kmsArn(accountAndRegionOf(call), AliasName);
      parts().authorization.requireForAccount(call, 'kms:UpdateAlias', arn);
      allowed(parts(), call, AliasName);
      parts().keys.setAlias(accountAndRegionOf(call), AliasName, allowedById(parts(), call, TargetKeyId).key);
    },
    DeleteAlias: call => {
      const { AliasName = '' } = call.input as unknown as DeleteAliasRequest;
      const arn = kmsArn(accountAndRegionOf(call), AliasName);
      parts().authorization.requireForAccount(call, 'kms:DeleteAlias', arn);
      allowed(parts(), call, AliasName);
      parts().keys.deleteAlias(arn);
    },
    ListAliases: call => {
      const { KeyId } = call.input as ListAliasesRequest;
      parts().authorization.requireForAccount(call, 'kms:ListAliases');
      refuseAlias(KeyId);
      const only = KeyId === undefined ? undefined : parts().keys.get(accountAndRegionOf(call), KeyId).key;
      return {
        Aliases: parts().keys.aliasesOf(accountAndRegionOf(call))
          .filter(([, key]) => only === undefined || key === only)
          .map(([arn, key]) => ({
            AliasName: arn.slice(arn.indexOf(':alias/') + 1),
            AliasArn: arn,
            TargetKeyId: key.keyId,
            CreationDate: new Date(key.createdAt),
          })),
        Truncated: false,
      };
    },
  };
}

function checkName(name: string): void {
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw new AwsError('ValidationException', `1 validation error detected: Value '${name}' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^alias/[a-zA-Z0-9/_-]+$`);
  }
  if (name.startsWith('alias/aws/')) {
    throw new AwsError('NotAuthorizedException', `Alias name ${name} is reserved for AWS.`);
  }
}
