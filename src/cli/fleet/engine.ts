// The engine that queries a store.
import type { Engine } from '../../store/answer.ts';
import { connect } from '../store/delivery.ts';

/** The engine of a target; only its own code is loaded. */
export async function openEngine(target: string): Promise<Engine> {
  const clickhouse = connect(target);
  if (clickhouse !== undefined) {
    const { openClickhouse } = await import('../../store/clickhouse/engine.ts');
    return openClickhouse(clickhouse);
  }
  const { openFolder } = await import('../../store/duckdb.ts');
  return openFolder(target);
}
