// Reads one question a line as JSON and answers one verdict a line, by @cloud-copilot/iam-simulate (AGPL-3.0), a program of its own.
import { createInterface } from 'node:readline'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
for await (const line of lines) {
  const { policy, principal, action, resource, account, context } = JSON.parse(line)
  const simulation = {
    request: {
      principal: principal ?? anonymousPrincipal,
      action,
      resource: { resource, accountId: account },
      contextVariables: context
    },
    identityPolicies: [],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: policy
  }
  let verdict
  try {
    const answer = await runSimulation(simulation, {})
    verdict =
      answer.resultType === 'single'
        ? (answer.result.analysis.resourceAnalysis?.result ?? 'none')
        : `refused: ${JSON.stringify(answer.errors ?? answer.resultType)}`
  } catch (error) {
    verdict = `error: ${error.message}`
  }
  process.stdout.write(`${verdict}\n`)
}
