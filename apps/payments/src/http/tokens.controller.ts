import { type CardToken, TokenRequest } from '@meshmart/contracts'
import { Body, Controller, HttpCode, Post } from '@nestjs/common'
import { Tokens } from '../tokens/tokens.ts'

@Controller('v1/tokens')
export class TokensController {
  constructor(private readonly tokens: Tokens) {}

  @Post()
  @HttpCode(201)
  tokenise(@Body({ schema: TokenRequest }) request: TokenRequest): Promise<CardToken> {
    return this.tokens.tokenise(request.card)
  }
}
