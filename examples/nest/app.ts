// A Nest application behind nodeGuard: every route needs a token, one needs a scope, and the claims have types.
import 'reflect-metadata';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { Controller, Delete, Get, HttpCode, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { nodeGuard, type RequestWithAuth } from '@zep-auth/server/node';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string(), team: z.string() });
type Request = RequestWithAuth<z.infer<typeof claimsSchema>>;

/** Lets in tokens with a scope. A guard belongs to its route, however the path is spelt. */
const needs = (scope: string): CanActivate => ({
  canActivate: (context) =>
    context.switchToHttp().getRequest<Request>().auth?.scopes.includes(scope) === true,
});

@Controller()
class Things {
  @Get('me')
  me(@Req() { auth }: Request) {
    return { sub: auth?.claims.sub, team: auth?.claims.team };
  }

  @Delete('things/:id')
  @HttpCode(204)
  @UseGuards(needs('things:write'))
  remove() {}
}

@Module({ controllers: [Things] })
class App {}

export const createApp = async (env: object): Promise<INestApplication> => {
  const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
  return app.use(nodeGuard({ env, claimsSchema })); // before the routes, so that it guards each of them
};
