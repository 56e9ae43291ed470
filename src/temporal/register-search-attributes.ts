import { type Connection, isGrpcServiceError } from '@temporalio/client'
import proto from '@temporalio/proto'
import { searchAttributes } from '../contract/search-attributes.ts'

const { IndexedValueType } = proto.temporal.api.enums.v1
const indexed = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
} as const

/** Registers the search attributes; a workflow task that sets an unregistered one would be retried forever. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  for (const { name, type } of Object.values(searchAttributes)) {
    const wanted = { [name]: indexed[type as keyof typeof indexed] }
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted }).catch((error) => {
      if (!isGrpcServiceError(error) || !/already exist/i.test(error.message)) throw error
    })
  }
}
