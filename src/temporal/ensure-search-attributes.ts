import { type Connection, isGrpcServiceError } from '@temporalio/client'
import proto from '@temporalio/proto'
import { searchAttributes, searchAttributeTypes } from '../contract/search-attributes.ts'
import { OptimizerError } from '../model/errors.ts'
import { isTemporalUnavailable } from './errors.ts'

const { IndexedValueType } = proto.temporal.api.enums.v1
const types = {
  KEYWORD: { title: 'Keyword', indexed: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD },
  KEYWORD_LIST: { title: 'KeywordList', indexed: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST },
  DOUBLE: { title: 'Double', indexed: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE },
}

/**
 * Adds the search attributes that a namespace lacks, all or none; a workflow task that sets an unknown one would be retried forever.
 * Where they exist, the permission to add them is not needed.
 * @throws OptimizerError `search-attributes` with the command that adds them
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await listMissing(connection, namespace)
  if (missing.length === 0) return
  const wanted = Object.fromEntries(missing.map((name) => [name, typeOf(name).indexed]))
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted })
  } catch (error) {
    if (isTemporalUnavailable(error)) throw error
    // Another process may have added them.
    if ((await listMissing(connection, namespace)).length > 0) throw explainFailure(missing, namespace, error)
  }
}

const typeOf = (name: string) => types[searchAttributeTypes[name]!]

async function listMissing(connection: Connection, namespace: string): Promise<string[]> {
  const names = Object.keys(searchAttributeTypes)
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
    requireUsableTypes(customAttributes, namespace)
    return names.filter((name) => !(name in customAttributes))
  } catch (error) {
    if (error instanceof OptimizerError || isTemporalUnavailable(error)) throw error
  }
  // A key for a managed namespace may not list them, but may filter workflows by them.
  const usable = await Promise.all(names.map((name) => isUsable(connection, namespace, name)))
  return names.filter((_, index) => !usable[index])
}

/** @throws OptimizerError `search-attributes` */
function requireUsableTypes(found: Record<string, number>, namespace: string): void {
  for (const name of Object.keys(searchAttributeTypes)) {
    const { title, indexed } = typeOf(name)
    const isEarlierVerdict = name === searchAttributes.verdict.name && found[name] === types.KEYWORD_LIST.indexed
    if (!(name in found) || found[name] === indexed || isEarlierVerdict) continue
    throw new OptimizerError(
      'search-attributes',
      `The search attribute ${name} of Temporal's namespace ${namespace} is not a ${title}; remove it, or use another namespace (TEMPORAL_NAMESPACE).`,
    )
  }
}

async function isUsable(connection: Connection, namespace: string, name: string): Promise<boolean> {
  const query = `${name} = ${searchAttributeTypes[name] === 'DOUBLE' ? '0.5' : "'x'"}`
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query })
    return true
  } catch (error) {
    if (isTemporalUnavailable(error)) throw error
    // Unknown to the namespace, of another type, or not to be found out.
    return false
  }
}

function explainFailure(missing: string[], namespace: string, cause: unknown): OptimizerError {
  const options = missing.map((name) => `--name ${name} --type ${typeOf(name).title}`).join(' ')
  const reason = isGrpcServiceError(cause) ? cause.details : String(cause)
  const places = reason.includes('cannot have more than') ? 'make room for them by removing others of the same type, or ' : ''
  return new OptimizerError(
    'search-attributes',
    `Temporal's namespace ${namespace} needs search attributes that cannot be added (${reason}); ${places}have somebody with ` +
      `the permission run temporal operator search-attribute create --namespace ${namespace} ${options}, then start again.`,
    { cause },
  )
}
