import { AddressEntry, AddressPage, SavedAddress } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common'
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { Addresses } from '../accounts/addresses.ts'
import { positionOf } from '../domain/address-cursor.ts'
import { entityTagOf, type Precondition } from '../domain/entity-tag.ts'
import { Answers } from '../openapi/answers.ts'
import { RequireAccount, SignedIn, type SignedInSession } from '../sessions/require-account.ts'
import { ApiIfMatch, IfMatch } from './if-match.ts'
import { ACCOUNT_PROBLEMS, BODY_PROBLEMS } from './problem-sets.ts'
import { AddressId, AddressQuery, ApiPage } from './queries.ts'

const ApiAddressId = () => ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })

@ApiTags('account')
@Controller('api/v1/account/addresses')
@RequireAccount()
export class AddressesController {
  constructor(private readonly addresses: Addresses) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your addresses, oldest first' })
  @ApiPage()
  @Answers({ status: 200, description: 'One page of addresses', schema: AddressPage }, [
    'invalid-request',
    ...ACCOUNT_PROBLEMS,
  ])
  listAddresses(
    @SignedIn() { account }: SignedInSession,
    @Query({ schema: AddressQuery }) { limit, cursor }: AddressQuery,
  ): Promise<AddressPage> {
    const after = cursor === undefined ? null : positionOf(cursor)
    if (after === null && cursor !== undefined)
      throw new ProblemException('invalid-request', { errors: [{ field: 'cursor', code: 'format' }] })
    return this.addresses.list(account.id, { limit, after })
  }

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Keep an address; the first one becomes the default' })
  @ApiBody({ schema: { $ref: '#/components/schemas/AddressEntry' } })
  @Answers({ status: 201, description: 'The address', schema: SavedAddress, entityTag: true, location: true }, [
    ...BODY_PROBLEMS,
    ...ACCOUNT_PROBLEMS,
    'limit-reached',
  ])
  async addAddress(
    @SignedIn() { account }: SignedInSession,
    @Body({ schema: AddressEntry }) entry: AddressEntry,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedAddress> {
    const added = await this.addresses.add(account.id, entry)
    void reply.header('location', `/api/v1/account/addresses/${added.id}`).header('etag', entityTagOf(added))
    return added
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  @ApiAddressId()
  @ApiOperation({ summary: 'One of your addresses' })
  @Answers({ status: 200, description: 'The address', schema: SavedAddress, entityTag: true }, [
    ...ACCOUNT_PROBLEMS,
    'not-found',
  ])
  async getAddress(
    @SignedIn() { account }: SignedInSession,
    @Param('id', { schema: AddressId }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedAddress> {
    const address = await this.addresses.find(account.id, id)
    void reply.header('etag', entityTagOf(address))
    return address
  }

  @Put(':id')
  @Header('cache-control', 'no-store')
  @ApiAddressId()
  @ApiIfMatch()
  @ApiOperation({ summary: 'Replace an address; the default stays the default until another becomes it' })
  @ApiBody({ schema: { $ref: '#/components/schemas/AddressEntry' } })
  @Answers({ status: 200, description: 'The address as it is now', schema: SavedAddress, entityTag: true }, [
    ...BODY_PROBLEMS,
    ...ACCOUNT_PROBLEMS,
    'not-found',
    'precondition-failed',
  ])
  async putAddress(
    @SignedIn() { account }: SignedInSession,
    @Param('id', { schema: AddressId }) id: string,
    @Body({ schema: AddressEntry }) entry: AddressEntry,
    @IfMatch() precondition: Precondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedAddress> {
    const replaced = await this.addresses.replace(account.id, id, entry, precondition)
    void reply.header('etag', entityTagOf(replaced))
    return replaced
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiAddressId()
  @ApiIfMatch()
  @ApiOperation({ summary: 'Forget an address; of the others the newest becomes the default where this one was' })
  @Answers({ status: 204, description: 'There is no such address any more' }, [
    ...ACCOUNT_PROBLEMS,
    'invalid-request',
    'not-allowed',
    'not-found',
    'precondition-failed',
  ])
  async deleteAddress(
    @SignedIn() { account }: SignedInSession,
    @Param('id', { schema: AddressId }) id: string,
    @IfMatch() precondition: Precondition | undefined,
  ): Promise<void> {
    await this.addresses.remove(account.id, id, precondition)
  }
}
