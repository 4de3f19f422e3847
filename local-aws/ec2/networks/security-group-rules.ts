import { randomBytes } from 'crypto';
import { IpPermission, SecurityGroupRule as RuleDescription } from '@aws-sdk/client-ec2';
import { AccountAndRegion, AwsError } from '../../aws-call';

/** A rule has one peer: a request with two ranges creates two rules. */
interface Peer {
  readonly kind: 'cidr' | 'ipv6' | 'prefix-list' | 'group';
  readonly value: string;
  readonly description?: string;
}

export interface SecurityGroupRule extends Peer {
  readonly id: string;
  /** `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all. */
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
}

/** The members that describe one rule in a request without `IpPermissions`. */
export interface SimpleRule {
  readonly IpProtocol?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIp?: string;
}

/** "When you create a security group, it has … an outbound rule that allows all outbound traffic": EC2 User Guide. */
export function allowAllEgress(): SecurityGroupRule[] {
  return [{ id: ruleId(), protocol: '-1', kind: 'cidr', value: '0.0.0.0/0' }];
}

/** The additional rule of a VPC's default group: traffic between its members. */
export function allowFromItself(groupId: string): SecurityGroupRule[] {
  return [{ id: ruleId(), protocol: '-1', kind: 'group', value: groupId }];
}

export function rulesOf(permissions: readonly IpPermission[] | undefined, simple: SimpleRule): SecurityGroupRule[] {
  const { CidrIp, ...ports } = simple;
  const asked = permissions ?? (CidrIp === undefined ? [] : [{ ...ports, IpRanges: [{ CidrIp }] }]);
  const rules = asked.flatMap(permission => {
    const protocol = protocolOf(permission.IpProtocol);
    const range = protocol === '-1' ? {} : { from: permission.FromPort, to: permission.ToPort };
    return peersOf(permission).map(peer => ({ id: ruleId(), protocol, ...range, ...peer }));
  });
  if (rules.length === 0) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ipPermissions');
  }
  return rules;
}

export function addRules(existing: SecurityGroupRule[], added: readonly SecurityGroupRule[]): void {
  const duplicate = added.find(rule => existing.some(one => isSame(one, rule)));
  if (duplicate) {
    throw new AwsError('InvalidPermission.Duplicate', `the specified rule "${wordsFor(duplicate)}" already exists`);
  }
  existing.push(...added);
}

export function removeRules(existing: SecurityGroupRule[], removed: readonly SecurityGroupRule[]): void {
  const places = removed.map(rule => existing.findIndex(one => isSame(one, rule)));
  if (places.includes(-1)) {
    throw new AwsError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  }
  places.sort((one, other) => other - one).forEach(place => existing.splice(place, 1));
}

/** DescribeSecurityGroups reports rules for the same ports as one entry. */
export function describedPermissions({ account }: AccountAndRegion, rules: readonly SecurityGroupRule[]): IpPermission[] {
  const byPorts = new Map<string, SecurityGroupRule[]>();
  for (const rule of rules) {
    const ports = `${rule.protocol} ${rule.from} ${rule.to}`;
    byPorts.set(ports, [...byPorts.get(ports) ?? [], rule]);
  }
  return [...byPorts.values()].map(same => {
    const of = (kind: Peer['kind']) => same.filter(rule => rule.kind === kind);
    return {
      IpProtocol: same[0].protocol,
      FromPort: same[0].from,
      ToPort: same[0].to,
      IpRanges: of('cidr').map(({ value, description }) => ({ CidrIp: value, Description: description })),
      Ipv6Ranges: of('ipv6').map(({ value, description }) => ({ CidrIpv6: value, Description: description })),
      PrefixListIds: of('prefix-list').map(({ value, description }) => ({ PrefixListId: value, Description: description })),
      UserIdGroupPairs: of('group').map(({ value, description }) => ({ GroupId: value, UserId: account, Description: description })),
    };
  });
}

export function describedRule(group: AccountAndRegion & { readonly id: string }, rule: SecurityGroupRule, IsEgress: boolean): RuleDescription {
  return {
    SecurityGroupRuleId: rule.id,
    GroupId: group.id,
    GroupOwnerId: group.account,
    IsEgress,
    IpProtocol: rule.protocol,
    FromPort: rule.from ?? -1,
    ToPort: rule.to ?? -1,
    CidrIpv4: rule.kind === 'cidr' ? rule.value : undefined,
    CidrIpv6: rule.kind === 'ipv6' ? rule.value : undefined,
    PrefixListId: rule.kind === 'prefix-list' ? rule.value : undefined,
    ReferencedGroupInfo: rule.kind === 'group' ? { GroupId: rule.value, UserId: group.account } : undefined,
    Description: rule.description,
  };
}

function peersOf({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] }: IpPermission): Peer[] {
  return [
    ...IpRanges.map(({ CidrIp = '', Description }): Peer => ({ kind: 'cidr', value: CidrIp, description: Description })),
    ...Ipv6Ranges.map(({ CidrIpv6 = '', Description }): Peer => ({ kind: 'ipv6', value: CidrIpv6, description: Description })),
    ...PrefixListIds.map(({ PrefixListId = '', Description }): Peer => ({ kind: 'prefix-list', value: PrefixListId, description: Description })),
    ...UserIdGroupPairs.map(({ GroupId = '', Description }): Peer => ({ kind: 'group', value: GroupId, description: Description })),
  ];
}

const names: Readonly<Record<string, string>> = { 6: 'tcp', 17: 'udp', 1: 'icmp', all: '-1' };

function protocolOf(said = '-1'): string {
  return names[said.toLowerCase()] ?? said.toLowerCase();
}

function isSame(one: SecurityGroupRule, other: SecurityGroupRule): boolean {
  return one.kind === other.kind && one.value === other.value && one.protocol === other.protocol && one.from === other.from && one.to === other.to;
}

function wordsFor({ value, protocol, from, to }: SecurityGroupRule): string {
  const ports = from === undefined ? '' : `, from port: ${from}, to port: ${to}`;
  return `peer: ${value}, ${protocol === '-1' ? 'ALL' : protocol.toUpperCase()}${ports}, ALLOW`;
}

function ruleId(): string {
  return `sgr-0${randomBytes(8).toString('hex')}`;
}
