import { describe, expect, it } from 'vitest'
import { RouteTable } from './route-table.ts'

describe('RouteTable', () => {
  it('knows the methods of a path, whatever its parameters and query', () => {
    const routes = new RouteTable()
    routes.add('/v1/a', ['GET', 'HEAD'])
    routes.add('/v1/a', ['POST'])
    routes.add('/v1/a/:id/b.c', ['PUT'])
    routes.add('/files/*', ['GET'])
    expect(routes.methodsOf('/v1/a?x=/v1/b')).toEqual(['GET', 'HEAD', 'POST'])
    expect(routes.methodsOf('/v1/a/7/b.c')).toEqual(['PUT'])
    expect(routes.methodsOf('/v1/a/7/bxc')).toEqual([])
    expect(routes.methodsOf('/files/x/y.png')).toEqual(['GET'])
    expect(routes.methodsOf('/v1')).toEqual([])
  })
})
