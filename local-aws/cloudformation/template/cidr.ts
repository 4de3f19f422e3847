/** Computes `Fn::Cidr`: the first `count` blocks of `bits` host bits each in an IPv4 block. */
export function cidrBlocks(block: string, count: number, bits = 8): string[] {
  const [address, length] = block.split('/');
  const size = 2 ** bits;
  const available = 2 ** (32 - Number(length)) / size;
  if (count > available) {
    throw new Error(`Template error: ${block} is too small for ${count} blocks of ${bits} bits`);
  }
  const first = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return Array.from({ length: count }, (_, index) => `${dotted(first + index * size)}/${32 - bits}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
}
