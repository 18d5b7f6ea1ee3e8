// What a lab that is up declares of an interface: the surest word on how it should be, where something took it away.
import { fingerprint, labRecords, sameFingerprint } from './record.ts';

/** "ADDRESS/PREFIX" each; none where the namespace is of no lab, or is a later one of the same name. */
export async function declaredAddresses(namespace: string, device: string): Promise<string[]> {
  const records = await labRecords().catch(() => []);
  const record = records.find((candidate) =>
    sameFingerprint(candidate.namespaces[namespace], fingerprint(namespace)),
  );
  return record?.spec.namespaces[namespace]?.interfaces?.[device]?.addresses ?? [];
}
